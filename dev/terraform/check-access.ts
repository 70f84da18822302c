// Whether each role is known, says why it is given, and is there before the app is.
import { sourceFolder, type Block, type Configuration, type Module } from "./configuration.ts";
import { dependsOn } from "./check-references.ts";
import type { PlannedResource } from "./plan.ts";
import { isUnknown, labelOf, textOf } from "./values.ts";

/** Data roles: none of them manages a resource or gives rights away. One does, and has to stay on its own resource. */
const ROLES: ReadonlySet<unknown> = new Set([
  "AcrPull",
  "Azure Event Hubs Data Owner",
  "Azure Event Hubs Data Receiver",
  "Azure Event Hubs Data Sender",
  "Communication and Email Service Owner",
  "Azure Service Bus Data Sender",
  "Key Vault Secrets Officer",
  "Key Vault Secrets User",
  "Monitoring Metrics Publisher",
  "Storage Blob Data Contributor",
  "Storage Blob Data Owner",
  "Storage Table Data Contributor",
]);

const ASSIGNMENT = "azurerm_role_assignment";

/** It reads the keys of what it is given on. */
const ON_ONE_RESOURCE = new Map<unknown, RegExp>([
  ["Communication and Email Service Owner", /\bazurerm_communication_service\./],
]);

export function checkRoles(resources: readonly PlannedResource[]): readonly string[] {
  return [...unknownRoles(resources), ...tooWide(resources)];
}

function tooWide(resources: readonly PlannedResource[]): readonly string[] {
  return resources
    .filter(({ type }) => type === ASSIGNMENT)
    .filter(({ values }) => ON_ONE_RESOURCE.get(values["role_definition_name"])?.test(scopeOf(values)) === false)
    .map(
      ({ address, values }) =>
        `${address}: ${textOf(values["role_definition_name"])} reaches further than one resource`,
    );
}

function scopeOf({ scope }: PlannedResource["values"]): string {
  return isUnknown(scope) ? labelOf(scope) : textOf(scope);
}

function unknownRoles(resources: readonly PlannedResource[]): readonly string[] {
  return resources
    .filter(({ type, values }) => type === ASSIGNMENT && !ROLES.has(values["role_definition_name"]))
    .map(
      ({ address, values }) =>
        `${address}: ${textOf(values["role_definition_name"])} is not a role that the bridge needs`,
    );
}

/** The reason is the comment right above the resource; a word or two is none. */
export function checkReasons({ files }: Configuration): readonly string[] {
  return [...files].flatMap(([path, text]) =>
    [...text.matchAll(/((?:^# .*\n)*)^resource "azurerm_role_assignment" "(\w+)"/gm)]
      .filter(([, reason = ""]) => reason.length < 40)
      .map(([, , name]) => `${path}: ${name} does not say why`),
  );
}

/** Whoever calls the module of the app must wait for the modules that hand out roles to the app's identity. */
export function checkRolesFirst(configuration: Configuration): readonly string[] {
  return [...configuration.modules.values()].flatMap((module) => {
    const calls = module.blocks.filter(({ kind }) => kind === "module");
    const apps = calls.filter((call) => holds(call, module, configuration, isApp));
    const access = calls.filter(
      (call) =>
        call.body["principal_id"] !== undefined &&
        holds(call, module, configuration, ({ type }) => type === ASSIGNMENT),
    );
    return apps
      .filter((app) => !access.includes(app))
      .flatMap((app) => {
        const waitsFor = dependsOn(app.body, configuration);
        if (access.length === 0) return [`${module.folder || "root"}: nobody gives module.${app.name} its roles`];
        return access
          .filter(({ name }) => !waitsFor.includes(`module.${name}`))
          .map(({ name }) => `${module.folder || "root"}: module.${app.name} does not wait for module.${name}`);
      });
  });
}

function isApp({ type, body }: Block): boolean {
  return (
    type === "azurerm_container_app" ||
    (type === "azapi_resource" && textOf(body["type"]).startsWith("Microsoft.Web/sites@"))
  );
}

function holds(call: Block, caller: Module, configuration: Configuration, test: (block: Block) => boolean): boolean {
  const folder = sourceFolder(caller, call.body["source"]);
  const module = folder === undefined ? undefined : configuration.modules.get(folder);
  return module?.blocks.some((block) => block.kind === "resource" && test(block)) === true;
}
