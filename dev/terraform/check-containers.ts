// Whether the container app is as closed as the function app, and runs as the bridge needs it.
import { writtenSettings } from "./check-settings.ts";
import { valueAt } from "./check-security.ts";
import type { PlannedResource } from "./plan.ts";
import { isList, isObject, textOf, type Value, type ValueObject } from "./values.ts";

export function checkContainers(resources: readonly PlannedResource[]): readonly string[] {
  const somethingIsClosed = resources.some(({ values }) => values["public_network_access_enabled"] === false);
  return [
    ...resources.filter(({ type }) => type === "azurerm_container_app").flatMap((app) => appProblems(app, resources)),
    ...resources
      .filter(({ type }) => type === "azurerm_container_app_environment")
      .flatMap((one) => environmentProblems(one, somethingIsClosed)),
  ];
}

function appProblems({ address, values }: PlannedResource, resources: readonly PlannedResource[]): readonly string[] {
  const at = (path: string): Value | undefined => valueAt(values, path);
  const settings = writtenSettings(resources);
  const hasCallers = settings["WEBHOOK"] === "on" || settings["NOTIFY"] === "on";
  const ingress = items(values["ingress"]);
  const probes = ["liveness_probe", "readiness_probe"].filter(
    (name) => at(`template.0.container.0.${name}.0.path`) !== "/api/live",
  );
  const problems = [
    ...(ingress.length > 0 && !hasCallers ? ["has ingress, and nobody calls it"] : []),
    ...(ingress.length === 0 && hasCallers ? ["has no ingress for its callers"] : []),
    ...(ingress.some((one) => one["allow_insecure_connections"] !== false) ? ["takes calls without TLS"] : []),
    ...(hasCallers && settings["HOST_FUNCTION_KEY"] === undefined ? ["asks its callers for no key"] : []),
    ...(items(values["registry"]).every(({ identity, username }) => identity !== undefined && username === undefined)
      ? []
      : ["pulls its image with a password"]),
    ...items(values["secret"])
      .filter((secret) => secret["value"] !== undefined || secret["identity"] === undefined)
      .map((secret) => `has the secret ${textOf(secret["name"])} from elsewhere than the vault`),
    ...probes.map((name) => `has no ${name} on /api/live`),
    ...(Number(at("template.0.min_replicas")) >= 1 ? [] : ["may run nowhere, and then no timer fires"]),
    ...(Number(at("template.0.termination_grace_period_seconds")) >= 30 ? [] : ["is cut off before it has ended"]),
  ];
  return problems.map((problem) => `${address}: ${problem}`);
}

function environmentProblems({ address, values }: PlannedResource, somethingIsClosed: boolean): readonly string[] {
  const outside = values["infrastructure_subnet_id"] === null;
  const isClosed = values["public_network_access"] === "Disabled";
  const problems = [
    ...(outside && somethingIsClosed ? ["not in the network of what is closed to all others"] : []),
    ...(isClosed === (values["internal_load_balancer_enabled"] === true)
      ? []
      : ["its balancer and its network access contradict each other"]),
  ];
  return problems.map((problem) => `${address}: ${problem}`);
}

function items(value: Value | undefined): readonly ValueObject[] {
  return isList(value) ? value.filter(isObject) : [];
}
