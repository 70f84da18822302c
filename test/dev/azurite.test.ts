// Azurite starts on free ports, answers the real SDK and ends when told to or when its parent dies.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { TableClient } from "@azure/data-tables";
import { describe, expect, it } from "vitest";
import { startAzurite } from "../../dev/azurite.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";

describe("startAzurite", () => {
  it("answers the real table SDK under the connection string it returns", async () => {
    const { connectionString } = await sharedAzurite();
    const table = TableClient.fromConnectionString(connectionString, uniqueName("hello"), {
      allowInsecureConnection: true,
    });
    await table.createTable();
    await table.createEntity({ partitionKey: "a", rowKey: "b", text: "c" });
    expect(await table.getEntity("a", "b")).toMatchObject({ text: "c" });
  });

  it("is gone after close, and close may be called twice", async () => {
    const azurite = await startAzurite();
    await azurite.close();
    await azurite.close();
    await expect(fetch(azurite.tableUrl)).rejects.toThrow("fetch failed");
  });

  it("dies with a parent that is killed", async () => {
    const starter = new URL("../../dev/azurite.ts", import.meta.url).href;
    const parent = spawn(process.execPath, [
      "--input-type=module",
      "--eval",
      `const { startAzurite } = await import(${JSON.stringify(starter)}); console.log((await startAzurite()).tableUrl);`,
    ]);
    const [line]: unknown[] = await once(createInterface({ input: parent.stdout }), "line");
    const tableUrl = String(line);
    expect((await fetch(tableUrl)).status).toBeGreaterThan(0);
    parent.kill("SIGKILL");
    await expect
      .poll(
        () =>
          fetch(tableUrl).then(
            () => "alive",
            () => "gone",
          ),
        { timeout: 10_000 },
      )
      .toBe("gone");
  });
});
