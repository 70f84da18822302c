// The files of infra/, broken copies of them, and the checks as one function.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkReasons, checkRoles, checkRolesFirst } from "../../dev/terraform/check-access.ts";
import { checkArguments } from "../../dev/terraform/check-arguments.ts";
import { checkContainers } from "../../dev/terraform/check-containers.ts";
import { checkNetwork } from "../../dev/terraform/check-network.ts";
import { checkQueries } from "../../dev/terraform/check-queries.ts";
import { checkReferences } from "../../dev/terraform/check-references.ts";
import { checkSecurity } from "../../dev/terraform/check-security.ts";
import { checkSettings } from "../../dev/terraform/check-settings.ts";
import { configurationReader, type Configuration, type Files } from "../../dev/terraform/configuration.ts";
import { plan, type Plan } from "../../dev/terraform/plan.ts";
import type { ProviderSchema } from "../../dev/terraform/provider-schema.ts";
import type { ValueObject } from "../../dev/terraform/values.ts";
import { openTally } from "../../src/pipeline/tally.ts";
import { summarise } from "../../src/telemetry/run-summary.ts";
import { BridgeError } from "../../src/errors.ts";

const root = fileURLToPath(new URL("../../infra/", import.meta.url));

export const files: Files = new Map(
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(tf|kql|json|example)$/.test(name) && !name.includes(".terraform"))
    .map((name) => [name, readFileSync(root + name, "utf8")]),
);

export const schema = JSON.parse(
  readFileSync(new URL("provider-schema.json", import.meta.url), "utf8"),
) as ProviderSchema;

export const read = configurationReader();

/** A copy in which `from` reads `to` in one file. Throws when there is nothing to change: a control must break something. */
export function broken(path: string, from: string | RegExp, to: string): Files {
  const text = files.get(path);
  const changed = text?.replace(from, to);
  if (changed === undefined || changed === text) throw new Error(`nothing to break in ${path}: ${String(from)}`);
  return new Map([...files, [path, changed]]);
}

export const ID = "00000000-0000-0000-0000-000000000000";

/** What Azure would answer, where the checks need more than a label. */
export const known: ValueObject = {
  "azurerm_user_assigned_identity.client_id": ID,
  "azurerm_user_assigned_identity.principal_id": ID,
  "azurerm_key_vault.vault_uri": "https://kv-microshare-000000.vault.azure.net/",
  "azurerm_storage_account.primary_blob_endpoint": "https://stmicroshare000000.blob.core.windows.net/",
  "azurerm_container_registry.login_server": "crmicroshare000000.azurecr.io",
  "azurerm_communication_service.hostname": "acs-microshare.europe.communication.azure.com",
  "azurerm_email_communication_service_domain.from_sender_domain": `${ID}.azurecomm.net`,
  "azurerm_application_insights.connection_string": `InstrumentationKey=${ID};IngestionEndpoint=https://ingest.example.com/`,
};

export const least: ValueObject = { subscription_id: ID, location: "westeurope", environment_name: "trial" };

/** Every sink, and the webhook. */
export const everySink: ValueObject = {
  webhook_enabled: true,
  webhook_signature_enabled: true,
  app_allowed_ip_ranges: ["198.51.100.0/24"],
  publish_allowed_ip_ranges: ["203.0.113.0/24"],
  operational_topic_enabled: true,
  operational_subscriptions: { alarms: "recType = 'io.microshare.alarm'" },
  iot_hub_enabled: true,
  hub_per_type_enabled: true,
};

/** On Container Apps, with the webhook. */
export const inContainers: ValueObject = {
  hosting: "container-apps",
  container_image_tag: "1.2.0",
  webhook_enabled: true,
  app_allowed_ip_ranges: ["198.51.100.0/24"],
};

/** All that a locked-down tenant can choose. */
export const lockedDown: ValueObject = {
  network_enabled: true,
  public_network_access_enabled: false,
  app_public_network_access_enabled: false,
  archive_enabled: true,
  archive_json_enabled: true,
  diagnostics_enabled: true,
  monthly_budget: 100,
  budget_start_date: "2026-12-01T00:00:00Z",
};

/** E-mail from a domain that Azure manages. */
export const withMail: ValueObject = {
  mail_enabled: true,
  mail_allowed_recipients: ["ops@example.com", "example.org"],
};

/** The root module, with no more than it asks for, or with what a test adds. */
export function planRoot(configuration: Configuration, more: ValueObject = {}, answers: ValueObject = {}): Plan {
  return plan(configuration, "", { ...least, ...more }, { ...known, ...answers });
}

export function planExample(
  configuration: Configuration,
  inputs: ValueObject,
  example: "minimal" | "locked-down" | "container-apps" = "minimal",
): Plan {
  return plan(configuration, `examples/${example}`, inputs, known);
}

/** Every complaint about a configuration. Names that stand for nothing come alone: there is no plan to check then. */
export async function complaints(of: Files, more: ValueObject = {}): Promise<readonly string[]> {
  const configuration = await read(of);
  const written = [
    ...checkReferences(configuration, schema),
    ...checkArguments(configuration, schema),
    ...checkReasons(configuration),
    ...checkRolesFirst(configuration),
  ];
  if (written.length > 0) return written;
  const { resources, problems } = planRoot(configuration, more);
  return [
    ...problems,
    ...checkRoles(resources),
    ...checkSecurity(resources),
    ...checkNetwork(resources),
    ...checkContainers(resources),
    ...checkSettings(resources),
    ...checkQueries(resources, summaryFields()),
  ];
}

/** The fields a summary line can have, from the code that writes it. */
export function summaryFields(): ReadonlySet<string> {
  const facts = openTally("default@event-hub", "default", 0).facts();
  const context = { runId: "run", startedAt: 0, endedAt: 1, pastDue: true };
  const fault = new BridgeError("API_THROTTLED", "throttled", { fix: "Wait." });
  const full = {
    ...facts,
    watermark: 0,
    start: 0,
    firstRun: true,
    gaps: 1,
    recovered: 1,
    lateness: { ...facts.lateness, maxMs: 1 },
    warnings: [fault],
    tookMs: 1,
  };
  const summaries = [
    summarise({ ...full, kind: "blocked", error: fault }, context),
    summarise({ ...full, kind: "elsewhere", owner: "run" }, context),
  ];
  return new Set(
    summaries.flatMap((summary) =>
      Object.entries(summary).flatMap(([name, value]) => [
        name,
        ...(isRecord(value) ? Object.keys(value).map((inner) => `${name}.${inner}`) : []),
      ]),
    ),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
