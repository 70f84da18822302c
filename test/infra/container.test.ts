import { describe, expect, it } from "vitest";
import { writtenSettings } from "../../dev/terraform/check-settings.ts";
import { textOf } from "../../dev/terraform/values.ts";
import { files, ID, inContainers, planExample, planRoot, read } from "./infra-files.ts";

describe("on Container Apps", () => {
  it("the bridge has the settings of the function app, with the same secrets from the same vault", async () => {
    const configuration = await read(files);
    const settings = writtenSettings(planRoot(configuration, inContainers).resources);
    const { hosting: _, container_image_tag: __, ...asFunctions } = inContainers;
    const before = writtenSettings(planRoot(configuration, asFunctions).resources);
    const { HOST_FUNCTION_KEY, NODE_OPTIONS, ...same } = settings;
    const { languageWorkers__node__arguments, ...others } = before;
    expect(same).toEqual(others);
    expect(HOST_FUNCTION_KEY).toContain("secrets/host-function-key)");
    expect(NODE_OPTIONS).toContain("--max-semi-space-size=4");
    expect(languageWorkers__node__arguments).toBeDefined();
  });

  it("there is no function app, and no ingress and no key where nobody calls", async () => {
    const { resources, outputs } = planRoot(await read(files), { ...inContainers, webhook_enabled: false });
    const sites = resources.filter(({ values }) => textOf(values["type"]).startsWith("Microsoft.Web/"));
    expect(sites).toEqual([]);
    const app = resources.find(({ type }) => type === "azurerm_container_app");
    expect(app?.values["ingress"]).toEqual([]);
    expect(writtenSettings(resources)["HOST_FUNCTION_KEY"]).toBeUndefined();
    expect(outputs).toMatchObject({ function_app_name: null, container_app_name: "ca-microshare-trial" });
  });

  it("the first apply makes the registry, and no app that would have no image", async () => {
    const configuration = await read(files);
    const inputs = { subscription_id: ID, my_object_id: ID };
    const types = (more: Parameters<typeof planRoot>[1]): readonly string[] => {
      const { resources, problems } = planExample(configuration, { ...inputs, ...more }, "container-apps");
      expect(problems).toEqual([]);
      return resources.map(({ type }) => type);
    };
    expect(types({})).toContain("azurerm_container_registry");
    expect(types({})).not.toContain("azurerm_container_app");
    expect(types({ image_tag: "1.2.0" })).toContain("azurerm_container_app");
  });
});
