// The hubs of a namespace through its own management call, with a key that has the Manage right.
import { createHmac } from "node:crypto";
import { BridgeError } from "../errors.ts";
import { connectionStringParts, namespaceHost } from "./connection-string.ts";
import { missingManageError, noNamespaceError, notCreatedError, unreadableListError } from "./hub-directory-errors.ts";
import { hubsOfSmallTiers, type EnsuredHub, type HubDirectory, type NewHub } from "./hub-directory.ts";
import { isHubName, sameHub } from "./hub-names.ts";
import { createManagement, type ManagementOptions, type SendOnce } from "./management-call.ts";

export interface AtomDirectoryOptions extends Omit<ManagementOptions, "place" | "authorization"> {
  /** Of a shared access policy of the namespace, with the Manage right. */
  readonly connectionString: string;
  readonly newHub: NewHub;
  /** Default: HTTPS on the namespace's host. */
  readonly endpoint?: string;
  /** Milliseconds since 1970, for signatures. Default: the host's clock, as the service checks them by real time. */
  readonly signedAt?: () => number;
}

/** Long enough for one call with all its tries. */
const signatureSeconds = 10 * 60;
const pageSize = 100;
const mostPages = 20;
const apiVersion = "2014-01";

/** Asks for nothing before it is used. Throws `SETTINGS_INVALID` for a connection string without a key; none of it is shown. */
export function createAtomDirectory(options: AtomDirectoryOptions): HubDirectory {
  const { newHub, signedAt = Date.now } = options;
  const { host, keyName, key } = readKey(options.connectionString);
  const endpoint = options.endpoint ?? `https://${host}`;
  const authorization = async () => signature(`https://${host}/`, keyName, key, signedAt());
  const management = createManagement({ ...options, place: `Event Hubs namespace ${host}`, authorization });

  async function list(send: SendOnce): Promise<readonly string[]> {
    const names: string[] = [];
    for (let page = 0; page < mostPages; page += 1) {
      const query = `api-version=${apiVersion}&$skip=${page * pageSize}&$top=${pageSize}`;
      const answer = await send({ method: "GET", url: new URL(`/$Resources/EventHubs?${query}`, endpoint) });
      if (answer.status === 401 || answer.status === 403) throw missing("listing its hubs", answer.status);
      if (answer.status === 404) throw noNamespaceError(host, "404");
      const found = answer.status === 200 && answer.complete ? titlesOf(answer.text) : undefined;
      if (found === undefined) throw unreadableListError(host);
      names.push(...found);
      if (found.length < pageSize) return names;
    }
    throw unreadableListError(host);
  }

  /** No look first: without `If-Match` the service never changes a hub that is there, it answers 409. */
  async function ensure(hub: string, send: SendOnce): Promise<EnsuredHub> {
    const put = await send({
      method: "PUT",
      url: new URL(`/${hub}?timeout=60&api-version=${apiVersion}`, endpoint),
      body: entryOf(newHub),
      contentType: "application/atom+xml;type=entry;charset=utf-8",
    });
    if (put.status === 200 || put.status === 201) return "created";
    if (put.status === 409) return "there";
    if (put.status === 401) throw missing(`creating the hub ${hub}`, put.status);
    if (put.status === 404) throw noNamespaceError(host, "404");
    const names = await list(send);
    if (names.some((name) => sameHub(name) === sameHub(hub))) return "there";
    if (put.status === 403 && names.length >= hubsOfSmallTiers) return "full";
    if (put.status === 403) throw missing(`creating the hub ${hub}`, put.status);
    throw notCreatedError(hub, host, String(put.status));
  }

  const missing = (doing: string, status: number): BridgeError => missingManageError(host, doing, String(status));

  return {
    list: (signal) => management(list, signal),
    ensure: (hub, signal) => management((send) => ensure(hub, send), signal),
  };
}

function readKey(connectionString: string): { readonly host: string; readonly keyName: string; readonly key: string } {
  const parts = connectionStringParts(connectionString);
  const host = namespaceHost(parts.get("endpoint"));
  const keyName = parts.get("sharedaccesskeyname");
  const key = parts.get("sharedaccesskey");
  if (host !== undefined && keyName !== undefined && key !== undefined && !parts.has("entitypath")) {
    return { host, keyName, key };
  }
  throw new BridgeError(
    "SETTINGS_INVALID",
    "The connection string cannot create hubs: it needs the key of a shared access policy of the namespace.",
    {
      fix: "Copy the connection string of a policy of the namespace itself, with the Manage right: it has no EntityPath.",
    },
  );
}

/** The key is used as it is written, not decoded; one for the namespace covers all its hubs. */
function signature(resource: string, keyName: string, key: string, now: number): string {
  const encoded = encodeURIComponent(resource);
  const expiry = Math.ceil(now / 1_000) + signatureSeconds;
  const signed = createHmac("sha256", key).update(`${encoded}\n${expiry}`).digest("base64");
  return (
    `SharedAccessSignature sr=${encoded}&sig=${encodeURIComponent(signed)}&se=${expiry}` +
    `&skn=${encodeURIComponent(keyName)}`
  );
}

/** The order of the elements counts: an element out of its place is taken for data of the user. */
function entryOf({ partitionCount, retentionDays }: NewHub): string {
  return (
    '<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml">' +
    '<EventHubDescription xmlns:i="http://www.w3.org/2001/XMLSchema-instance" ' +
    'xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">' +
    `<MessageRetentionInDays>${retentionDays}</MessageRetentionInDays>` +
    `<PartitionCount>${partitionCount}</PartitionCount>` +
    "</EventHubDescription></content></entry>"
  );
}

/** Titles of the entries of a feed; `undefined` for anything else. */
function titlesOf(text: string): readonly string[] | undefined {
  if (!/<feed[\s>]/u.test(text)) return undefined;
  const entries = [...text.matchAll(/<entry[\s>][\s\S]*?<\/entry>/gu)];
  const titles = entries.map(([entry]) => /<title[^>]*>([^<]*)<\/title>/u.exec(entry)?.[1]?.trim() ?? "");
  return titles.every(isHubName) ? titles : undefined;
}
