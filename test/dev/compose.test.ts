// The compose file cannot run everywhere; what it names must at least be there.
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const dev = new URL("../../dev/", import.meta.url);

it("gives the vendor's Event Hubs emulator a configuration within its limits", async () => {
  const compose = await readFile(new URL("compose.yaml", dev), "utf8");
  expect(compose).toContain("./compose.event-hubs.json:/Eventhubs_Emulator/ConfigFiles/Config.json");

  const config: unknown = JSON.parse(await readFile(new URL("compose.event-hubs.json", dev), "utf8"));
  expect(config).toMatchObject({
    UserConfig: {
      NamespaceConfig: [
        { Type: "EventHub", Name: "emulatorNs1", Entities: [{ Name: "microshare", PartitionCount: "4" }] },
      ],
    },
  });
});
