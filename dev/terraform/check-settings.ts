// Whether the app settings that Terraform writes are settings of the bridge, and all it needs.
import { loadSettings, type Environment } from "../../src/config/load-settings.ts";
import { isSecret } from "../../src/config/check-text.ts";
import { secretsInSinks } from "../../src/config/inline-secrets.ts";
import { isSettingName } from "../../src/config/settings-table.ts";
import { valueAt } from "./check-security.ts";
import type { PlannedResource } from "./plan.ts";
import { textOf, isList, isObject, type Value, type ValueObject } from "./values.ts";

/** Read by the Functions host and not by the bridge. */
const PLATFORM_SETTINGS: ReadonlySet<string> = new Set([
  // Where the host sends its telemetry, and as whom.
  "APPLICATIONINSIGHTS_CONNECTION_STRING",
  "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
  // What it starts Node with.
  "languageWorkers__node__arguments",
  // The same for Node in a container.
  "NODE_OPTIONS",
]);

/** A secret elsewhere; here telemetry is taken from identities alone (see checkSecurity). */
const OPENS_NOTHING: ReadonlySet<string> = new Set(["APPLICATIONINSIGHTS_CONNECTION_STRING"]);

/** Not allowed on Flex Consumption, or, in the case of AzureWebJobsStorage, preferred to the identity. */
const FORBIDDEN =
  /^(AzureWebJobsStorage|FUNCTIONS_(WORKER_RUNTIME|EXTENSION_VERSION|WORKER_PROCESS_COUNT|MAX_HTTP_CONCURRENCY)|WEBSITE_.*|SCM_DO_BUILD_DURING_DEPLOYMENT|ENABLE_ORYX_BUILD)$/;

const REFERENCE =
  /^@Microsoft\.KeyVault\(SecretUri=https:\/\/[a-zA-Z0-9-]+\.vault\.azure\.net\/secrets\/[a-zA-Z0-9-]+\)$/;

export function checkSettings(resources: readonly PlannedResource[]): readonly string[] {
  const settings = writtenSettings(resources);
  const namedInSinks = secretsInSinks(settings["SINKS"] ?? "").settings;
  const named = Object.entries(settings).flatMap(([name, value]) => {
    if (FORBIDDEN.test(name)) return [`${name} must not be set`];
    if (namedInSinks.includes(name))
      return REFERENCE.test(value) ? [] : [`${name} is a secret and not a Key Vault reference`];
    if (!isSettingName(name)) return PLATFORM_SETTINGS.has(name) ? [] : [`${name} is not a setting of the bridge`];
    return isSecret(name) && !OPENS_NOTHING.has(name) && !REFERENCE.test(value)
      ? [`${name} is a secret and not a Key Vault reference`]
      : [];
  });
  const loaded = loadSettings(asThePlatformResolves(settings), { functionTimeout: "00:10:00" });
  const refused = loaded.kind === "valid" ? [] : loaded.problems.map(({ setting, problem }) => `${setting} ${problem}`);
  return [...named, ...refused];
}

/** Of the app in a plan. Values that only Azure knows must have been given to the plan. */
export function writtenSettings(resources: readonly PlannedResource[]): Readonly<Record<string, string>> {
  const container = resources.find(({ type }) => type === "azurerm_container_app");
  if (container !== undefined) return settingsOfContainer(container);
  const app = resources.find(({ values }) => textOf(values["type"]).startsWith("Microsoft.Web/sites@"));
  const listed = valueAt(app?.values["body"], "properties.siteConfig.appSettings");
  if (!isList(listed)) throw new Error("there is no function app with app settings");
  return Object.fromEntries(
    listed.map((entry) => {
      const { name, value } = isObject(entry) ? entry : {};
      if (typeof name !== "string" || typeof value !== "string")
        throw new Error(`not an app setting: ${JSON.stringify(entry)}`);
      return [name, value] as const;
    }),
  );
}

/** What comes from the vault reads as it does for a function app. Throws for a variable that is given twice. */
function settingsOfContainer({ values }: PlannedResource): Readonly<Record<string, string>> {
  const secrets = new Map(
    objects(values["secret"]).map((secret) => [secret["name"], textOf(secret["key_vault_secret_id"] ?? "")]),
  );
  const found: Record<string, string> = {};
  for (const { name, value, secret_name } of objects(valueAt(values, "template.0.container.0.env"))) {
    const address = secrets.get(secret_name ?? "");
    const text = address === undefined ? value : `@Microsoft.KeyVault(SecretUri=${address})`;
    if (typeof name !== "string" || typeof text !== "string") throw new Error(`not a variable: ${textOf(name ?? "")}`);
    if (Object.hasOwn(found, name)) throw new Error(`${name} is given twice`);
    found[name] = text;
  }
  return found;
}

function objects(value: Value | undefined): readonly ValueObject[] {
  return isList(value) ? value.filter(isObject) : [];
}

/** What a person enters into the vault, where the bridge looks at its form. */
const RESOLVED: Readonly<Record<string, string>> = {
  IOT_HUB_CONNECTION_STRING: "HostName=hub.azure-devices.net;SharedAccessKeyName=policy;SharedAccessKey=a2V5",
  HOST_FUNCTION_KEY: "a function key of at least thirty-two characters",
  WEBHOOK_SECRET: "a secret of at least thirty-two characters",
};

function asThePlatformResolves(settings: Readonly<Record<string, string>>): Environment {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      value.startsWith("@Microsoft.KeyVault(") ? (RESOLVED[name] ?? "resolved") : value,
    ]),
  );
}
