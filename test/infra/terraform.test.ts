import { describe, expect, it } from "vitest";
import { isSecret } from "../../src/config/check-text.ts";
import { loadSettings } from "../../src/config/load-settings.ts";
import { settingNames } from "../../src/config/settings-table.ts";
import { checkNetwork } from "../../dev/terraform/check-network.ts";
import { checkReferences } from "../../dev/terraform/check-references.ts";
import { checkSecurity, valueAt } from "../../dev/terraform/check-security.ts";
import { checkSettings, writtenSettings } from "../../dev/terraform/check-settings.ts";
import { list } from "../../dev/terraform/configuration.ts";
import { isUnknown, labelOf, textOf, type Value } from "../../dev/terraform/values.ts";
import {
  broken,
  complaints,
  everySink,
  files,
  ID,
  inContainers,
  lockedDown,
  planExample,
  planRoot,
  read,
  schema,
  withMail,
} from "./infra-files.ts";

describe("the Terraform configuration", () => {
  it("passes every check", async () => {
    expect(await complaints(files)).toEqual([]);
  });

  it("passes with everything that can be chosen chosen", async () => {
    const more = {
      microshare_auth_mode: "web",
      bridge_settings: { POLL_SCHEDULE: "0 7 * * * *", MICROSHARE_VIEW_ID: "650000000000000000000001" },
      event_hub_maximum_throughput_units: 4,
      app_allowed_ip_ranges: ["203.0.113.7/32", "2001:db8::/32"],
      secret_officer_object_ids: [ID],
      alert_email_addresses: ["operator@example.com"],
      alert_webhook_urls: { pager: "https://pager.example.com/hook" },
      resource_group_name: "rg-bridge",
      log_daily_cap_gb: -1,
    };
    expect(await complaints(files, more)).toEqual([]);
    expect(await complaints(files, { ...lockedDown, ...withMail })).toEqual([]);
    expect(await complaints(files, everySink)).toEqual([]);
    const premium = { service_bus_sku: "Premium" };
    expect(await complaints(files, { ...inContainers, ...withMail })).toEqual([]);
    expect(await complaints(files, { ...everySink, ...lockedDown, ...inContainers, ...premium })).toEqual([]);
    expect(await complaints(files, { ...everySink, ...lockedDown, service_bus_sku: "Premium" })).toEqual([]);
  });

  it("makes names that Azure takes, also for the longest name of an environment", async () => {
    const { resources, problems } = planRoot(await read(files), { environment_name: "a2345678901234567890" });
    expect(problems).toEqual([]);
    const lengths = Object.entries(NAME_LIMITS).map(([type, limit]) => {
      const names = resources.filter((resource) => resource.type === type).map(({ values }) => textOf(values["name"]));
      return [type, names.length > 0 && names.every((name) => name.length <= limit)];
    });
    expect(lengths.filter(([, fits]) => !fits)).toEqual([]);
  });

  it("gives two environments, and two subscriptions, names that do not meet", async () => {
    const configuration = await read(files);
    const other = ID.replace("0", "1");
    const names = [{}, { environment_name: "prod" }, { subscription_id: other }].map((more) => {
      const vault = planRoot(configuration, more).resources.find(({ type }) => type === "azurerm_key_vault");
      return vault?.values["name"];
    });
    expect(new Set(names).size).toBe(3);
  });

  it("closes the app to everybody else once somebody is named", async () => {
    const configuration = await read(files);
    const access = (more: Parameters<typeof planRoot>[1]): readonly unknown[] => {
      const app = planRoot(configuration, more).resources.find(({ type }) => type === "azapi_resource");
      const site = valueAt(app?.values["body"], "properties.siteConfig");
      return [valueAt(site, "ipSecurityRestrictionsDefaultAction"), valueAt(site, "ipSecurityRestrictions")];
    };
    expect(access({})).toEqual(["Allow", []]);
    expect(access({ app_allowed_ip_ranges: ["203.0.113.0/24"] })).toEqual([
      "Deny",
      [{ name: "allowed-0", ipAddress: "203.0.113.0/24", action: "Allow", priority: 100 }],
    ]);
  });

  it("tags what azd looks for", async () => {
    const { resources, outputs } = planRoot(await read(files));
    const app = resources.find(({ type }) => type === "azapi_resource");
    expect(app?.values["tags"]).toEqual({ "azd-env-name": "trial", "azd-service-name": "bridge" });
    const taggable = resources.filter(({ type }) => schema.resources[type]?.optional.includes("tags") === true);
    const untagged = taggable.filter(({ values }) => valueAt(values["tags"], "azd-env-name") !== "trial");
    expect(untagged.map(({ address }) => address)).toEqual([]);
    expect(outputs).toMatchObject({ AZURE_LOCATION: "westeurope", SERVICE_BRIDGE_NAME: app?.values["name"] });
  });

  it("pins the versions of both providers", async () => {
    const configuration = await read(files);
    const [terraform] = configuration.modules.get("")?.blocks.filter(({ kind }) => kind === "terraform") ?? [];
    expect(list(terraform?.body["required_providers"])).toEqual([
      {
        azurerm: { source: "hashicorp/azurerm", version: "~> 5.2" },
        azapi: { source: "Azure/azapi", version: "~> 2.0" },
      },
    ]);
  });
});

/** Characters a name may have. */
const NAME_LIMITS = {
  azapi_resource: 32,
  azurerm_eventhub_namespace: 50,
  azurerm_key_vault: 24,
  azurerm_log_analytics_workspace: 63,
  azurerm_resource_group: 90,
  azurerm_service_plan: 60,
  azurerm_storage_account: 24,
  azurerm_user_assigned_identity: 128,
};

describe("the app settings that Terraform writes", () => {
  it("start the bridge, and each one that it cannot do without is among them", async () => {
    const settings = writtenSettings(planRoot(await read(files)).resources);
    const resolved = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [name, value.startsWith("@") ? "resolved" : value]),
    );
    const works = (environment: Record<string, string>): boolean =>
      loadSettings(environment, { functionTimeout: "00:10:00" }).kind === "valid";
    expect(works(resolved)).toBe(true);
    const needed = Object.keys(resolved).filter((name) => {
      const { [name]: _, ...others } = resolved;
      return !works(others);
    });
    expect(needed.toSorted()).toEqual([
      "APPLICATIONINSIGHTS_CONNECTION_STRING",
      "AzureWebJobsStorage__accountName",
      "AzureWebJobsStorage__credential",
      "EVENT_HUB_NAME",
      "EVENT_HUB_NAMESPACE",
      "MICROSHARE_API_KEY",
      "MICROSHARE_PASSWORD",
      "MICROSHARE_USERNAME",
    ]);
  });

  it.each([
    [512, 256],
    [2048, 1024],
    [4096, 2048],
  ])("give Node half of an instance of %i MB, and a small young generation", async (instance_memory_mb, heapMb) => {
    const settings = writtenSettings(planRoot(await read(files), { instance_memory_mb }).resources);
    expect(settings["languageWorkers__node__arguments"]).toBe(`--max-semi-space-size=4 --max-old-space-size=${heapMb}`);
  });

  it("name table, container and consumer group as the resources are named", async () => {
    const { resources } = planRoot(await read(files));
    const name = (type: string, which: string): unknown =>
      resources.find((resource) => resource.type === type && resource.address.endsWith(which))?.values["name"];
    expect(writtenSettings(resources)).toMatchObject({
      AzureWebJobsStorage__accountName: name("azurerm_storage_account", "this"),
      STATE_TABLE: name("azurerm_storage_table", "state"),
      DEAD_LETTER_CONTAINER: name("azurerm_storage_container", "dead_letters"),
      EVENT_HUB_NAME: name("azurerm_eventhub", "this"),
      EVENT_HUB_CONSUMER_GROUP: name("azurerm_eventhub_consumer_group", "bridge"),
    });
  });

  it("hold no API key for the web login, and no reference to one", async () => {
    const { resources, outputs } = planRoot(await read(files), { microshare_auth_mode: "web" });
    expect(writtenSettings(resources)).not.toHaveProperty("MICROSHARE_API_KEY");
    expect(outputs["secret_names"]).toEqual(["microshare-username", "microshare-password"]);
  });

  it("never let what is chosen overwrite what must be, and take everything else", async () => {
    const configuration = await read(files);
    const own = Object.keys(writtenSettings(planRoot(configuration).resources));
    for (const name of [...own, "AzureWebJobsStorage", "EVENT_HUB_CONNECTION_STRING"]) {
      const { problems } = planRoot(configuration, { bridge_settings: { [name]: "other" } });
      expect(problems.join(), name).toContain("var.bridge_settings");
    }
    const chosen = planRoot(configuration, { bridge_settings: { LOOKBACK: "PT12H" } });
    expect(chosen.problems).toEqual([]);
    expect(writtenSettings(chosen.resources)).toMatchObject({ LOOKBACK: "PT12H" });
  });
});

describe("a secret setting", () => {
  it.each(settingNames.filter(isSecret))("%s cannot be chosen with its value", async (name) => {
    const bridge_settings = { [name]: "https://user:word@proxy.example.com" };
    expect(planRoot(await read(files), { bridge_settings }).problems.join()).toContain("var.bridge_settings");
  });
});

describe("the minimal example", () => {
  it("is a plan without problems, with what its own example file says", async () => {
    const inputs = Object.fromEntries(
      [...(files.get("examples/minimal/terraform.tfvars.example") ?? "").matchAll(/^(\w+)\s*=\s*"(.*)"$/gm)].map(
        ([, name = "", value = ""]) => [name, value],
      ),
    );
    const { resources, problems } = planExample(await read(files), inputs);
    expect(problems).toEqual([]);
    expect(checkSecurity(resources)).toEqual([]);
    expect(checkSettings(resources)).toEqual([]);
  });

  it("says no more than it must", async () => {
    const call = (await read(files)).modules.get("examples/minimal")?.blocks.find(({ kind }) => kind === "module");
    expect(Object.keys(call?.body ?? {}).toSorted()).toEqual([
      "environment_name",
      "location",
      "secret_officer_object_ids",
      "source",
      "subscription_id",
    ]);
  });

  it("is caught when it is out of range, names what does not exist, or leaves out what is required", async () => {
    const inputs = { subscription_id: ID, my_object_id: ID };
    const example = "examples/minimal/main.tf";
    const range = await read(broken(example, '"westeurope"', '"West Europe"'));
    expect(planExample(range, inputs).problems.join()).toContain("module.bridge.var.location");
    const name = await read(broken(example, "location  ", "region  "));
    expect(checkReferences(name, schema)).toEqual([
      "examples/minimal: module bridge: the module has no variable region",
      "examples/minimal: module bridge: location is required",
    ]);
  });
});

describe("the locked-down example", () => {
  const inputs = { subscription_id: ID, my_object_id: ID, budget_start_date: "2026-12-01T00:00:00Z" };

  it("is a plan without problems, in which only Microshare and Azure's own services are reached from outside", async () => {
    const { resources, problems } = planExample(await read(files), inputs, "locked-down");
    expect(problems).toEqual([]);
    expect([...checkSecurity(resources), ...checkNetwork(resources), ...checkSettings(resources)]).toEqual([]);
    const open = resources.filter(({ values }) => values["public_network_access_enabled"] === true);
    expect(open.map(({ address }) => address)).toEqual([]);
    const app = resources.find(({ values }) => textOf(values["type"]).startsWith("Microsoft.Web/sites@"));
    expect(valueAt(app?.values["body"], "properties.publicNetworkAccess")).toBe("Disabled");
    const types = new Set(resources.map(({ type }) => type));
    expect(types).toContain("azurerm_monitor_diagnostic_setting");
    expect(types).toContain("azurerm_consumption_budget_resource_group");
  });
});

describe("e-mail", () => {
  const own = { ...withMail, mail_domain: "notify.example.com", mail_sender: "bridge" };
  const known = { "azurerm_email_communication_service_domain.from_sender_domain": "notify.example.com" };

  it("from a managed domain is ready at once: the app is told whom it may write to, and by which address", async () => {
    const settings = writtenSettings(planRoot(await read(files), withMail).resources);
    expect(settings).toMatchObject({
      NOTIFY: "on",
      NOTIFY_ENDPOINT: "https://acs-microshare.europe.communication.azure.com",
      NOTIFY_SENDER: `donotreply@${ID}.azurecomm.net`,
      NOTIFY_ALLOWED_RECIPIENTS: "ops@example.com,example.org",
    });
    expect(settings).not.toHaveProperty("NOTIFY_CONNECTION_STRING");
  });

  it("from a domain of your own waits until that is verified, and tells the records that verify it", async () => {
    const configuration = await read(files);
    const before = planRoot(configuration, own, known);
    const linked = (of: typeof before): boolean =>
      of.resources.some(({ type }) => type === "azurerm_communication_service_email_domain_association");
    expect(before.problems).toEqual([]);
    expect(writtenSettings(before.resources)).not.toHaveProperty("NOTIFY");
    expect(linked(before)).toBe(false);
    expect(before.outputs["mail_verification_records"]).not.toBeNull();
    const after = planRoot(configuration, { ...own, mail_domain_verified: true }, known);
    expect(writtenSettings(after.resources)).toMatchObject({
      NOTIFY: "on",
      NOTIFY_SENDER: "bridge@notify.example.com",
    });
    expect(linked(after)).toBe(true);
    expect(checkSettings(after.resources)).toEqual([]);
  });
});

describe("further sinks", () => {
  it("stand in SINKS beside the hub of before, which keeps its name and its place", async () => {
    const { resources, outputs, problems } = planRoot(await read(files), everySink);
    expect(problems).toEqual([]);
    const settings = writtenSettings(resources);
    const before = writtenSettings(planRoot(await read(files)).resources);
    const sinks: unknown = JSON.parse(settings["SINKS"] ?? "");
    expect(sinks).toMatchObject([
      { name: "event-hub", namespace: before["EVENT_HUB_NAMESPACE"], hub: before["EVENT_HUB_NAME"] },
      { name: "per-type", kind: "event-hubs-per-type" },
      { name: "operational", topic: "records" },
      { name: "iot", connectionStringSetting: "IOT_HUB_CONNECTION_STRING" },
      { name: "webhook-queue", queue: "webhook", feeds: "named" },
    ]);
    expect(settings).toMatchObject({ WEBHOOK: "on", WEBHOOK_SINK: "webhook-queue" });
    expect(outputs["secret_names"]).toEqual(expect.arrayContaining(["webhook-secret", "iot-hub-connection-string"]));
  });

  it("let callers reach the app, and others publish it", async () => {
    const { resources } = planRoot(await read(files), everySink);
    const app = resources.find(({ values }) => textOf(values["type"]).startsWith("Microsoft.Web/sites@"));
    expect(valueAt(app?.values["body"], "properties.siteConfig")).toMatchObject({
      ipSecurityRestrictions: [{ ipAddress: "198.51.100.0/24" }],
      ipSecurityRestrictionsDefaultAction: "Deny",
      scmIpSecurityRestrictionsUseMain: false,
      scmIpSecurityRestrictions: [{ ipAddress: "203.0.113.0/24" }],
      scmIpSecurityRestrictionsDefaultAction: "Deny",
    });
  });

  it("take nothing in the namespace but their own queue and topic, and only to send", async () => {
    const { resources } = planRoot(await read(files), everySink);
    const roles = resources.filter(({ address, type }) => type.includes("role") && address.includes("service_bus"));
    expect(roles.map(({ values }) => [values["role_definition_name"], labelled(values["scope"])])).toEqual([
      ["Azure Service Bus Data Sender", expect.stringContaining("azurerm_servicebus_queue.webhook")],
      ["Azure Service Bus Data Sender", expect.stringContaining("azurerm_servicebus_topic.records")],
    ]);
  });
});

describe("what is not chosen", () => {
  it("is not there: no network, no archive, no export, no budget, no mail", async () => {
    const { resources } = planRoot(await read(files));
    const optional =
      /private_|virtual_network|subnet|stream_analytics|diagnostic|budget|management_policy|communication|servicebus|container_(app|registry)/;
    expect(resources.filter(({ type }) => optional.test(type)).map(({ address }) => address)).toEqual([]);
  });
});

describe("main.tfvars.json", () => {
  it("gives the root module what it needs from azd's own variables", async () => {
    const text = files.get("main.tfvars.json") ?? "";
    const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    expect(names).toEqual(["AZURE_SUBSCRIPTION_ID", "AZURE_LOCATION", "AZURE_ENV_NAME", "AZURE_PRINCIPAL_ID"]);
    const values: Record<string, string> = { AZURE_LOCATION: "westeurope", AZURE_ENV_NAME: "trial" };
    const inputs = JSON.parse(text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? ID)) as Parameters<
      typeof planRoot
    >[1];
    expect(planRoot(await read(files), inputs).problems).toEqual([]);
  });
});

/** What only Azure knows has a label that says what it is. */
function labelled(value: Value | undefined): string {
  return isUnknown(value) ? labelOf(value) : textOf(value);
}
