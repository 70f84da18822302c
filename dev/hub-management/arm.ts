// Azure Resource Manager as far as the hubs of one Event Hubs namespace go: look, create, list.
import { createManagedHubs, type HubProperties, type ManagedHubs, type ManagedHubsOptions } from "./managed-hubs.ts";
import { startManagementServer, type ManagementAnswer, type ManagementServer } from "./server.ts";

export interface ResourceManagerOptions extends ManagedHubsOptions {
  /** Bearer tokens it takes. Default: `right`. */
  readonly acceptToken?: (token: string) => boolean;
  /** What the identity may do. Default: both. */
  readonly rights?: readonly ("read" | "write")[];
  /** Hubs in one page of a list. Default 100. */
  readonly pageSize?: number;
}

export interface ResourceManager extends ManagementServer {
  readonly hubs: ManagedHubs;
}

/** The one namespace it knows. */
export const managedNamespace = {
  subscriptionId: "00000000-0000-0000-0000-000000000001",
  resourceGroup: "emulated",
  namespace: "emulated-hubs",
};

const { subscriptionId, resourceGroup, namespace } = managedNamespace;
const collection =
  `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}` +
  `/providers/Microsoft.EventHub/namespaces/${namespace}/eventhubs`;
const apiVersions = new Set(["2024-01-01"]);

export async function startResourceManager(options: ResourceManagerOptions): Promise<ResourceManager> {
  const { acceptToken = (token) => token === "right", rights = ["read", "write"], pageSize = 100 } = options;
  const hubs = createManagedHubs(options);

  const server = await startManagementServer(({ method, path, query, authorization, body, origin }) => {
    if (!acceptToken(authorization.replace(/^Bearer /u, ""))) return failed(401, "InvalidAuthenticationToken");
    if (!apiVersions.has(query.get("api-version") ?? "")) return failed(400, "InvalidApiVersionParameter");
    if (!rights.includes(method === "PUT" ? "write" : "read")) return failed(403, "AuthorizationFailed");
    if (path === collection && method === "GET") return list(Number(query.get("$skip") ?? 0), origin);
    if (!path.startsWith(`${collection}/`)) return failed(404, "ParentResourceNotFound");
    const name = path.slice(collection.length + 1);
    if (method === "GET") return look(name);
    return method === "PUT" ? put(name, body) : failed(405, "MethodNotAllowed");
  });

  function list(skip: number, origin: string): ManagementAnswer {
    const names = hubs.names();
    const more = skip + pageSize < names.length;
    const nextLink = `${origin}${collection}?api-version=2024-01-01&$skip=${skip + pageSize}`;
    const value = names.slice(skip, skip + pageSize).map((name) => resource(name, hubs.find(name)));
    return answered(200, { value, ...(more && { nextLink }) });
  }

  function look(name: string): ManagementAnswer {
    const properties = hubs.find(name);
    return properties === undefined ? failed(404, "NotFound") : answered(200, resource(name, properties));
  }

  function put(name: string, body: string): ManagementAnswer {
    const wanted = propertiesIn(body);
    if (wanted === undefined) return failed(400, "BadRequest");
    const known = hubs.find(name);
    if (known === undefined) {
      if (!hubs.create(name, wanted)) return failed(403, "NamespaceQuotaExceeded");
      return answered(201, resource(name, wanted));
    }
    // Partitions stay as they are on these tiers; whatever else a PUT says replaces what was there.
    if (known.partitionCount !== wanted.partitionCount) return failed(400, "BadRequest");
    hubs.replace(name, wanted);
    return answered(200, resource(name, wanted));
  }

  return { ...server, hubs };
}

function resource(name: string, properties: HubProperties | undefined): object {
  return { id: `${collection}/${name}`, name, type: "Microsoft.EventHub/namespaces/eventhubs", properties };
}

/** Within what Standard allows. */
function propertiesIn(body: string): HubProperties | undefined {
  const { properties = {} }: { properties?: { partitionCount?: unknown; messageRetentionInDays?: unknown } } =
    JSON.parse(body);
  const { partitionCount = 4, messageRetentionInDays = 7 } = properties;
  if (!isWholeNumber(partitionCount, 32) || !isWholeNumber(messageRetentionInDays, 7)) return undefined;
  return { partitionCount, messageRetentionInDays };
}

function isWholeNumber(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most;
}

function answered(status: number, body: object): ManagementAnswer {
  return { status, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}

/** The text repeats nothing: callers must go by the code. */
export function failed(status: number, code: string, headers: Readonly<Record<string, string>> = {}): ManagementAnswer {
  return { ...answered(status, { error: { code, message: "Something for people to read." } }), headers };
}
