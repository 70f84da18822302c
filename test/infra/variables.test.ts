// Every validation of the root module's variables, shown to refuse something; and their defaults, shown to pass.
import { describe, expect, it } from "vitest";
import { list } from "../../dev/terraform/configuration.ts";
import { textOf, type Value, type ValueObject } from "../../dev/terraform/values.ts";
import { broken, files, ID, least, planRoot, read } from "./infra-files.ts";

/** Inputs besides the least, each of which must be refused with a word about the variable. */
const wrong: Readonly<Record<string, readonly ValueObject[]>> = {
  subscription_id: only("subscription_id", "", "my subscription", ID.toUpperCase().replace("0", "A"), null),
  location: only("location", "West Europe", "westeurope ", "", null),
  environment_name: only("environment_name", "a", "Prod", "prod_1", "1prod", "prod-", "a--b", "a23456789012345678901"),
  resource_group_name: only("resource_group_name", "", "rg.", "rg/1", "x".repeat(91)),
  tags: only("tags", { "a/b": "c" }, many(49), "tag", { a: 1 }),
  register_resource_providers: only("register_resource_providers", "yes", null),
  microshare_auth_mode: only("microshare_auth_mode", "OAUTH2", "none", null),
  telemetry: only("telemetry", "otlp", "", null),
  bridge_settings: [
    { webhook_enabled: true, bridge_settings: { SINKS: "[]" } },
    ...only(
      "bridge_settings",
      { MICROSHARE_PASSWORD: "x" },
      { AzureWebJobsStorage: "UseDevelopmentStorage=true" },
      { FEEDS: "Endpoint=sb://x;SharedAccessKey=abc" },
      { HTTPS_PROXY: "http://user:word@proxy.example.com:3128" },
      { OTEL_EXPORTER_OTLP_HEADERS: "api-key=abc123" },
    ),
  ],
  instance_memory_mb: only("instance_memory_mb", 1024, 0, "2048"),
  maximum_instance_count: only("maximum_instance_count", 0, 1001, 1.5),
  event_hub_name: only("event_hub_name", "", "-hub", "hub name", "x".repeat(257)),
  event_hub_sku: only("event_hub_sku", "Basic", "standard"),
  event_hub_capacity: [...only("event_hub_capacity", 0, 41, 1.5), { event_hub_sku: "Premium", event_hub_capacity: 3 }],
  event_hub_maximum_throughput_units: [
    ...only("event_hub_maximum_throughput_units", 41, -1),
    { event_hub_capacity: 4, event_hub_maximum_throughput_units: 2 },
    { event_hub_sku: "Premium", event_hub_maximum_throughput_units: 4 },
  ],
  event_hub_partition_count: only("event_hub_partition_count", 0, 33, 2.5),
  event_hub_retention_hours: only("event_hub_retention_hours", 23, 169),
  storage_replication_type: only("storage_replication_type", "lrs", "RAGRS"),
  key_vault_purge_protection_enabled: only("key_vault_purge_protection_enabled", null),
  public_network_access_enabled: only("public_network_access_enabled", "true"),
  app_allowed_ip_ranges: only(
    "app_allowed_ip_ranges",
    ["203.0.113.7"],
    ["203.0.113.0/33"],
    ["any"],
    ["999.0.0.1/8"],
    "203.0.113.0/24",
  ),
  secret_officer_object_ids: only("secret_officer_object_ids", ["me@example.com"], [""]),
  log_retention_days: only("log_retention_days", 29, 731),
  log_daily_cap_gb: only("log_daily_cap_gb", 0, -2),
  alerts_enabled: only("alerts_enabled", "on"),
  alert_email_addresses: only("alert_email_addresses", ["operator"], ["a b@example.com"], ["@example.com"]),
  alert_webhook_urls: only("alert_webhook_urls", { pager: "http://pager.example.com" }),
  watermark_lag_minutes: only("watermark_lag_minutes", 4, 10081),
  no_run_window: only("no_run_window", "PT90M", "3h"),
  network_enabled: only("network_enabled", "yes", null),
  network_address_space: only("network_address_space", "10.0.0.0/27", "10.0.0.0/8", "10.0.0.0", "2001:db8::/24"),
  create_private_dns_zones: only("create_private_dns_zones", null),
  app_public_network_access_enabled: only("app_public_network_access_enabled", false, "no"),
  archive_enabled: only("archive_enabled", "on"),
  mail_enabled: only("mail_enabled", "on", null),
  mail_allowed_recipients: [
    ...only("mail_allowed_recipients", ["*"], ["*.example.com"], ["ops@"], ["example"], "ops@example.com"),
    { mail_enabled: true },
  ],
  mail_domain: only("mail_domain", "Example.com", "example", "https://example.com", ""),
  mail_domain_verified: only("mail_domain_verified", true, "yes"),
  mail_sender: only("mail_sender", "DoNotReply", "", "a@b", "-x"),
  mail_data_location: only("mail_data_location", "westeurope", "europe"),
  archive_json_enabled: only("archive_json_enabled", true),
  archive_retention_days: only("archive_retention_days", 30, 36501, 40.5),
  diagnostics_enabled: only("diagnostics_enabled", "on"),
  siem_workspace_id: only("siem_workspace_id", "sentinel"),
  siem_event_hub_rule_id: only("siem_event_hub_rule_id", "/subscriptions/x"),
  siem_event_hub_name: only("siem_event_hub_name", "audit"),
  siem_storage_account_id: only("siem_storage_account_id", "audit"),
  hosting: only("hosting", "containers", null),
  container_image_tag: [
    { container_image_tag: "1.2.0" },
    ...["latest", "a b", "", "sha256:abc"].map((tag) => ({ hosting: "container-apps", container_image_tag: tag })),
  ],
  container_maximum_replicas: only("container_maximum_replicas", 0, 31, 1.5),
  monthly_budget: only("monthly_budget", -1),
  webhook_enabled: [
    { webhook_enabled: true, app_public_network_access_enabled: false },
    ...only("webhook_enabled", "on", null),
  ],
  webhook_signature_enabled: only("webhook_signature_enabled", true, "on"),
  publish_allowed_ip_ranges: only("publish_allowed_ip_ranges", ["any"], ["203.0.113.7"]),
  operational_topic_enabled: only("operational_topic_enabled", "on"),
  operational_subscriptions: [
    ...only("operational_subscriptions", { alarms: "1=1" }),
    { operational_topic_enabled: true, operational_subscriptions: { "not a name!": "1=1" } },
    { operational_topic_enabled: true, operational_subscriptions: { alarms: "" } },
  ],
  service_bus_sku: [
    ...only("service_bus_sku", "Basic"),
    { webhook_enabled: true, public_network_access_enabled: false, network_enabled: true },
  ],
  iot_hub_enabled: only("iot_hub_enabled", "on"),
  hub_per_type_enabled: only("hub_per_type_enabled", "on"),
  budget_start_date: [{ monthly_budget: 100 }, { monthly_budget: 100, budget_start_date: "2026-12-02T00:00:00Z" }],
};

const right: readonly ValueObject[] = [
  { hosting: "container-apps", container_image_tag: `sha256:${"0".repeat(64)}`, container_maximum_replicas: 30 },
  { hosting: "container-apps" },
  { event_hub_sku: "Premium", event_hub_capacity: 16, event_hub_retention_hours: 2160 },
  { event_hub_capacity: 40, event_hub_maximum_throughput_units: 40, event_hub_partition_count: 32 },
  { resource_group_name: "RG_bridge-(1).x" },
  { bridge_settings: { HTTPS_PROXY: "http://proxy.example.com:3128" } },
  { bridge_settings: { HTTPS_PROXY: "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/proxy)" } },
  { log_daily_cap_gb: 0.1, log_retention_days: 730, watermark_lag_minutes: 10080, no_run_window: "P2D" },
  { instance_memory_mb: 512, maximum_instance_count: 1000 },
  { network_enabled: true, app_public_network_access_enabled: false, network_address_space: "10.1.0.0/26" },
  { mail_enabled: true, mail_allowed_recipients: ["Ops@Example.com", "example.org"], mail_data_location: "Japan" },
  { monthly_budget: 50, budget_start_date: "2026-12-01T00:00:00Z" },
];

describe("the variables of the root module", () => {
  it("have defaults that pass their own validations, except for the three that must be given", async () => {
    const configuration = await read(files);
    expect(planRoot(configuration).problems).toEqual([]);
    const variables = configuration.modules.get("")?.blocks.filter(({ kind }) => kind === "variable") ?? [];
    const without = variables.filter(({ body }) => body["default"] === undefined).map(({ name }) => name);
    expect(without.toSorted()).toEqual(Object.keys(least).toSorted());
    expect(Object.keys(wrong).toSorted()).toEqual(variables.map(({ name }) => name).toSorted());
  });

  it.each(Object.entries(wrong))("refuse a wrong %s", async (name, cases) => {
    const configuration = await read(files);
    for (const inputs of cases) {
      const about = planRoot(configuration, inputs).problems.filter((problem) => problem.startsWith(`var.${name}`));
      expect(about, JSON.stringify(inputs)).not.toEqual([]);
    }
  });

  it.each(right.map((inputs) => [JSON.stringify(inputs), inputs] as const))("take %s", async (_, inputs) => {
    expect(planRoot(await read(files), inputs).problems).toEqual([]);
  });

  it("are each refused by every validation of their own for some value", async () => {
    const configuration = await read(files);
    const messages = (configuration.modules.get("")?.blocks ?? [])
      .filter(({ kind }) => kind === "variable")
      .flatMap(({ body }) => list(body["validation"]).map((validation) => textOf(validation["error_message"])));
    const said = Object.values(wrong)
      .flat()
      .flatMap((inputs) => planRoot(configuration, inputs).problems)
      .join("\n");
    expect(messages.filter((message) => !said.includes(message))).toEqual([]);
  });

  it("are caught when a default does not pass", async () => {
    const copy = await read(broken("variables.tf", '"PT3H"', '"PT90M"'));
    expect(planRoot(copy).problems.join()).toContain("var.no_run_window");
  });
});

function only(name: string, ...values: readonly Value[]): readonly ValueObject[] {
  return values.map((value) => ({ [name]: value }));
}

function many(count: number): ValueObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, "x"]));
}
