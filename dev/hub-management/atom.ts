// The management call of an Event Hubs namespace itself: Atom entries, a shared access signature with Manage.
import { checkToken, type SharedKey } from "../amqp/sas.ts";
import { createManagedHubs, type HubProperties, type ManagedHubs, type ManagedHubsOptions } from "./managed-hubs.ts";
import { startManagementServer, type ManagementAnswer, type ManagementServer } from "./server.ts";

export interface AtomManagementOptions extends ManagedHubsOptions {
  /** Of the namespace, as its emulator has them. */
  readonly keys: readonly SharedKey[];
  /** Host that signatures are for, as in the connection string. */
  readonly host: string;
}

export interface AtomManagement extends ManagementServer {
  readonly hubs: ManagedHubs;
}

const apiVersion = "2014-01";

export async function startAtomManagement(options: AtomManagementOptions): Promise<AtomManagement> {
  const { keys, host } = options;
  const hubs = createManagedHubs(options);

  const server = await startManagementServer(({ method, path, query, authorization, body }) => {
    const refused = refusal(authorization, path);
    if (refused !== undefined) return failed(401, refused);
    if (query.get("api-version") !== apiVersion) return failed(400, "The api-version is not supported.");
    if (path === "/$Resources/EventHubs" && method === "GET") {
      return list(Number(query.get("$skip") ?? 0), Number(query.get("$top") ?? 100));
    }
    return method === "PUT" ? put(path.slice(1), body) : failed(405, "MethodNotAllowed");
  });

  function refusal(authorization: string, path: string): string | undefined {
    const claim = checkToken(authorization, `https://${host}${path}`, { keys, now: Date.now });
    if (typeof claim === "string") return claim;
    return claim.rights.includes("Manage") ? undefined : "Manage claim is required for this operation.";
  }

  function list(skip: number, top: number): ManagementAnswer {
    const entries = hubs.names().slice(skip, skip + top);
    const feed = entries.map((name) => `<entry><title type="text">${name}</title></entry>`).join("");
    const title = '<title type="text">Event Hubs</title>';
    return { status: 200, body: `<feed xmlns="http://www.w3.org/2005/Atom">${title}${feed}</feed>` };
  }

  function put(name: string, body: string): ManagementAnswer {
    const wanted = propertiesIn(body);
    if (wanted === undefined) return failed(400, "The body is not what is expected.");
    if (hubs.find(name) !== undefined) return failed(409, "The messaging entity exists already.");
    if (!hubs.create(name, wanted)) return failed(403, "The quota of event hubs is reached.");
    return { status: 201, body };
  }

  return { ...server, hubs };
}

/** Elements count only in their order: what is out of its place is data of the user, and has no effect. */
function propertiesIn(body: string): HubProperties | undefined {
  const description =
    /<entry xmlns="http:\/\/www\.w3\.org\/2005\/Atom"><content type="application\/xml"><EventHubDescription [^>]*xmlns="http:\/\/schemas\.microsoft\.com\/netservices\/2010\/10\/servicebus\/connect"[^>]*>(.*)<\/EventHubDescription>/su.exec(
      body,
    )?.[1];
  if (description === undefined) return undefined;
  const inOrder =
    /^<MessageRetentionInDays>(\d+)<\/MessageRetentionInDays>(?:<PartitionCount>(\d+)<\/PartitionCount>)?/u.exec(
      description,
    );
  return { messageRetentionInDays: Number(inOrder?.[1] ?? 7), partitionCount: Number(inOrder?.[2] ?? 16) };
}

function failed(status: number, detail: string): ManagementAnswer {
  return { status, body: `<Error><Code>${status}</Code><Detail>${detail}</Detail></Error>` };
}
