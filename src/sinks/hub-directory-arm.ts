// The hubs of a namespace through Azure Resource Manager, with an identity.
import type { TokenCredential } from "@azure/identity";
import {
  missingRoleError,
  noNamespaceError,
  noTokenError,
  notCreatedError,
  unreadableListError,
} from "./hub-directory-errors.ts";
import { hubsOfSmallTiers, type EnsuredHub, type HubDirectory, type NewHub } from "./hub-directory.ts";
import { sameHub } from "./hub-names.ts";
import {
  createManagement,
  PassingFailure,
  type ManagementAnswer,
  type ManagementOptions,
  type SendOnce,
} from "./management-call.ts";

export interface ArmDirectoryOptions extends Omit<ManagementOptions, "place" | "authorization"> {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Name of the namespace, without its domain. */
  readonly namespace: string;
  readonly credential: TokenCredential;
  readonly newHub: NewHub;
  /** Default `https://management.azure.com`; other clouds have their own. */
  readonly endpoint?: string;
}

const publicCloud = "https://management.azure.com";
const apiVersion = "2024-01-01";
/** Of a hundred hubs or so each; more than any namespace has. */
const mostPages = 50;

/** Asks for nothing before it is used. */
export function createArmDirectory(options: ArmDirectoryOptions): HubDirectory {
  const { subscriptionId, resourceGroup, namespace, credential, newHub, endpoint = publicCloud } = options;
  const management = createManagement({ ...options, place: "Azure Resource Manager", authorization });
  const path =
    `/subscriptions/${encodeURIComponent(subscriptionId)}/resourceGroups/${encodeURIComponent(resourceGroup)}` +
    `/providers/Microsoft.EventHub/namespaces/${encodeURIComponent(namespace)}/eventhubs`;
  const urlOf = (below: string): URL => new URL(`${path}${below}?api-version=${apiVersion}`, endpoint);

  async function authorization(signal: AbortSignal): Promise<string> {
    try {
      const token = await credential.getToken(`${new URL(endpoint).origin}/.default`, { abortSignal: signal });
      if (token !== null) return `Bearer ${token.token}`;
    } catch (error) {
      if (signal.aborted) throw error;
      throw noTokenError(namespace, error);
    }
    throw noTokenError(namespace, undefined);
  }

  async function list(send: SendOnce): Promise<readonly string[]> {
    const names: string[] = [];
    let next: URL | undefined = urlOf("");
    for (let pages = 0; next !== undefined && pages < mostPages; pages += 1) {
      const answer = await send({ method: "GET", url: next });
      if (answer.status !== 200) throw refusal(answer, "listing its hubs");
      const page = readPage(answer);
      // The token goes nowhere else, whatever the answer says.
      if (page === undefined || (page.next !== undefined && page.next.origin !== next.origin)) {
        throw unreadableListError(namespace);
      }
      names.push(...page.names);
      next = page.next;
    }
    if (next !== undefined) throw unreadableListError(namespace);
    return names;
  }

  async function ensure(hub: string, send: SendOnce): Promise<EnsuredHub> {
    // A PUT on a hub that is there would reset its retention to ours.
    const found = await send({ method: "GET", url: urlOf(`/${hub}`) });
    if (found.status === 200) return "there";
    if (found.status !== 404) throw refusal(found, `looking for the hub ${hub}`);
    const { partitionCount, retentionDays } = newHub;
    const body = JSON.stringify({ properties: { partitionCount, messageRetentionInDays: retentionDays } });
    const put = await send({ method: "PUT", url: urlOf(`/${hub}`), body, contentType: "application/json" });
    if (put.status === 200 || put.status === 201 || put.status === 202) return "created";
    const code = codeOf(put);
    if (put.status === 401 || /^(?:linked)?authorization/iu.test(code)) throw refusal(put, `creating the hub ${hub}`);
    if (put.status === 404) throw noNamespaceError(namespace, code);
    const names = await list(send);
    if (names.some((name) => sameHub(name) === sameHub(hub))) return "there"; // another run was faster
    // What the service answers beyond its limit is written down nowhere: a full namespace is told by its hubs as well.
    if (names.length === hubsOfSmallTiers || /quota|limit/iu.test(code)) return "full";
    if (put.status === 409) throw new PassingFailure(`conflict: ${code}`);
    if (put.status === 403) throw refusal(put, `creating the hub ${hub}`);
    throw notCreatedError(hub, namespace, `${put.status} ${code}`);
  }

  function refusal(answer: ManagementAnswer, doing: string) {
    const code = codeOf(answer);
    if (answer.status === 401 || answer.status === 403) return missingRoleError(namespace, doing, code);
    if (answer.status === 404) return noNamespaceError(namespace, code);
    return unreadableListError(namespace);
  }

  return {
    list: (signal) => management(list, signal),
    ensure: (hub, signal) => management((send) => ensure(hub, send), signal),
  };
}

/** The service's own word for what went wrong; nothing else of the answer is shown. */
function codeOf({ status, text }: ManagementAnswer): string {
  const error = fieldOf(parsed(text), "error");
  const code = fieldOf(error, "code");
  return typeof code === "string" && /^\w{1,80}$/u.test(code) ? code : String(status);
}

function readPage({ text, complete }: ManagementAnswer): { names: readonly string[]; next?: URL } | undefined {
  const page = complete ? parsed(text) : undefined;
  const value = fieldOf(page, "value");
  const link = fieldOf(page, "nextLink");
  if (!Array.isArray(value)) return undefined;
  const names = value.map((hub: unknown) => fieldOf(hub, "name"));
  if (!names.every((name) => typeof name === "string")) return undefined;
  if (typeof link !== "string" || link === "") return { names };
  return URL.canParse(link) ? { names, next: new URL(link) } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}
