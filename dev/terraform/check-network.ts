// Whether what is closed to public networks can still be reached: by the app, and by whoever publishes it.
import { valueAt } from "./check-security.ts";
import type { PlannedResource } from "./plan.ts";
import { isList, isObject, isUnknown, labelOf, textOf, type Value } from "./values.ts";

/** What an endpoint to a resource of this type is to. More than one where the bridge uses more than one. */
const SUBRESOURCES: Readonly<Record<string, readonly string[]>> = {
  azurerm_storage_account: ["blob"],
  azurerm_eventhub_namespace: ["namespace"],
  azurerm_servicebus_namespace: ["namespace"],
  azurerm_key_vault: ["vault"],
  azurerm_container_registry: ["registry"],
};

/** The archive has blobs alone. */
const ALSO_TABLES = "module.storage.azurerm_storage_account.this";

export function checkNetwork(resources: readonly PlannedResource[]): readonly string[] {
  const endpoints = resources.filter(({ type }) => type === "azurerm_private_endpoint").map(endpointOf);
  const closed = resources.filter(({ values }) => values["public_network_access_enabled"] === false);
  const has = (address: string, subresource: string): boolean =>
    endpoints.some((endpoint) => endpoint.subresource === subresource && endpoint.target === `${address}.id`);
  const unreached = closed.flatMap(({ address, type }) =>
    [...(SUBRESOURCES[type] ?? []), ...(address === ALSO_TABLES ? ["table"] : [])]
      .filter((subresource) => !has(address, subresource))
      .map((subresource) => `${address}: closed, and without a private endpoint to its ${subresource}`),
  );
  return [
    ...unreached,
    ...resources.filter(isSite).flatMap((site) => siteProblems(site, closed.length > 0, endpoints)),
  ];
}

interface Endpoint {
  readonly subresource: string;
  /** The address of the resource, as far as the plan can tell. */
  readonly target: string;
}

function endpointOf({ values }: PlannedResource): Endpoint {
  const connection = valueAt(values["private_service_connection"], "0");
  const parts = isObject(connection) ? connection : {};
  const [subresource = ""] = isList(parts["subresource_names"]) ? parts["subresource_names"] : [];
  return { subresource: textOf(subresource), target: labelled(parts["private_connection_resource_id"]) };
}

function labelled(value: Value | undefined): string {
  return isUnknown(value) ? labelOf(value) : textOf(value ?? "");
}

function isSite({ values }: PlannedResource): boolean {
  return textOf(values["type"]).startsWith("Microsoft.Web/sites@");
}

function siteProblems(
  { address, values }: PlannedResource,
  somethingIsClosed: boolean,
  endpoints: readonly Endpoint[],
): readonly string[] {
  const property = (path: string): Value | undefined => valueAt(values["body"], `properties.${path}`);
  const inNetwork = property("virtualNetworkSubnetId") !== null;
  return [
    ...(somethingIsClosed && !inNetwork ? [`${address}: not in the network of what is closed to all others`] : []),
    ...(inNetwork && property("siteConfig.vnetRouteAllEnabled") !== true
      ? [`${address}: in a network, and not all of its traffic goes through it`]
      : []),
    ...(property("publicNetworkAccess") === "Disabled" && !endpoints.some(({ subresource }) => subresource === "sites")
      ? [`${address}: closed, and without a private endpoint nobody can publish it`]
      : []),
  ];
}
