// An IoT hub in this process, as far as HTTPS senders and the registry need it: start it, break it, look inside.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { createRules, type Fault, type FaultScope } from "../amqp/fault-rules.ts";
import { makeCertificate } from "../certificates.ts";
import { refusals, type Answer } from "./answers.ts";
import { createHub, type HubStats } from "./hub.ts";
import { batchContentType, readMessages, sizeOf, type StoredMessage } from "./messages.ts";
import { createDevice, readDevice } from "./registry.ts";
import { readSignature } from "./sas.ts";

export type { HubStats } from "./hub.ts";
export type { StoredMessage } from "./messages.ts";

export interface IotHubSimulatorOptions {
  readonly devices?: readonly string[];
  /** Devices that log in with certificates: they have no keys. */
  readonly certificateDevices?: readonly string[];
  /** Of a message, and of the request that carries a batch. Default 256 KiB. */
  readonly maxMessageBytes?: number;
  /** Without the right to write, devices can only be read. Default true. */
  readonly registryWrite?: boolean;
  /** Milliseconds since 1970: expiry of signatures. */
  readonly now?: () => number;
}

/** What happens instead of an ordinary answer. Scopes name a device as `hub`. */
export interface IotHubFaults {
  /** Every request of this kind gets this answer, and stores nothing. */
  answer(kind: RequestKind, answer: keyof typeof refusals, scope?: FaultScope): Fault;
  /** The socket ends instead of an answer, whether the messages were stored or not. */
  loseAnswer(scope: FaultScope & { readonly stored: boolean }): Fault;
  /** No answer ever. */
  neverAnswer(scope: FaultScope & { readonly stored: boolean }): Fault;
  clear(): void;
}

export type RequestKind = "send" | "read" | "create";

export interface IotHubSimulator {
  /** `localhost:port`, as in a connection string's HostName. */
  readonly host: string;
  readonly caCertPem: string;
  deviceConnectionString(deviceId: string): string;
  serviceConnectionString(): string;
  /** In the order of storing. */
  readonly messages: readonly StoredMessage[];
  readonly stats: Readonly<HubStats>;
  readonly deviceIds: readonly string[];
  disable(deviceId: string): void;
  deleteDevice(deviceId: string): void;
  readonly faults: IotHubFaults;
  /** Ends every connection, as a long silence does. */
  closeConnections(): void;
  close(): Promise<void>;
}

type Effect =
  | { readonly answer: keyof typeof refusals }
  | { readonly lost: "drop" | "silence"; readonly stored: boolean };

const policy = { name: "registryReadWrite", key: Buffer.from("simulator-only-not-a-secret").toString("base64") };

export async function startIotHubSimulator(options: IotHubSimulatorOptions = {}): Promise<IotHubSimulator> {
  const { maxMessageBytes = 262_144, registryWrite = true, now = Date.now } = options;
  const hub = createHub();
  for (const deviceId of options.devices ?? []) hub.add(deviceId);
  for (const deviceId of options.certificateDevices ?? []) hub.add(deviceId, "");
  const faults = { send: createRules<Effect>(), read: createRules<Effect>(), create: createRules<Effect>() };
  const { certPem, keyPem } = makeCertificate();
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      process.emitWarning(`IoT Hub simulator: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const host = `localhost:${address.port}`;

  return {
    host,
    caCertPem: certPem,
    deviceConnectionString(deviceId) {
      const key = hub.devices.get(deviceId)?.key ?? Buffer.from("nobody's").toString("base64");
      return `HostName=${host};DeviceId=${deviceId};SharedAccessKey=${key}`;
    },
    serviceConnectionString: () => `HostName=${host};SharedAccessKeyName=${policy.name};SharedAccessKey=${policy.key}`,
    messages: hub.messages,
    stats: hub.stats,
    get deviceIds() {
      return [...hub.devices.keys()];
    },
    disable(deviceId) {
      hub.add(deviceId).status = "disabled";
    },
    deleteDevice: (deviceId) => void hub.devices.delete(deviceId),
    faults: {
      answer: (kind, answer, scope) => faults[kind].add({ answer }, scope),
      loseAnswer: ({ stored, ...scope }) => faults.send.add({ lost: "drop", stored }, scope),
      neverAnswer: ({ stored, ...scope }) => faults.send.add({ lost: "silence", stored }, scope),
      clear() {
        for (const rules of Object.values(faults)) rules.clear();
      },
    },
    closeConnections: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request));
    const url = new URL(request.url ?? "/", `https://${host}`);
    const [, deviceText = "", rest = ""] = /^\/devices\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const deviceId = decodeURIComponent(deviceText);
    const operation = `${request.method} ${rest}`;
    if (!url.searchParams.has("api-version") || deviceId === "") return give(response, refusals.malformed());
    if (operation === "POST /messages/events") return send(request, response, deviceId, body);
    // Waiting messages for a device: there never are any.
    if (operation === "GET /messages/devicebound")
      return give(response, deviceRefusal(request, deviceId) ?? { status: 204 });
    if (operation === "GET ") return registry(request, response, "read", deviceId, body);
    if (operation === "PUT ") return registry(request, response, "create", deviceId, body);
    return give(response, refusals.malformed());
  }

  function send(request: IncomingMessage, response: ServerResponse, deviceId: string, body: Buffer): void {
    hub.stats.sends++;
    const isBatch = request.headers["content-type"] === batchContentType;
    if (isBatch) hub.stats.batches++;
    const refused = deviceRefusal(request, deviceId);
    if (refused !== undefined) return give(response, refused);
    if (isBatch && body.length > maxMessageBytes) return give(response, refusals.tooLarge());
    const messages = readMessages(deviceId, pairs(request.rawHeaders), isBatch, body);
    if (messages === undefined) return give(response, refusals.malformed());
    if (messages.some((message) => sizeOf(message) > maxMessageBytes)) return give(response, refusals.tooLarge());
    const effect = faults.send.take({ hub: deviceId });
    if (effect !== undefined && "answer" in effect) return give(response, refusals[effect.answer]());
    if (effect?.stored !== false) {
      hub.messages.push(...messages);
      hub.stats.requestBytes.push(body.length);
    }
    if (effect === undefined) return give(response, { status: 204 });
    if (effect.lost === "drop") response.destroy();
  }

  function registry(
    request: IncomingMessage,
    response: ServerResponse,
    kind: "read" | "create",
    deviceId: string,
    body: Buffer,
  ): void {
    const effect = faults[kind].take({ hub: deviceId });
    if (effect !== undefined && "answer" in effect) return give(response, refusals[effect.answer]());
    const signature = readSignature(request.headers.authorization);
    const isPolicy = signature?.policy === policy.name && signature.isBy(policy.key) && signature.resource === host;
    if (!isPolicy || signature.expiresAt <= now() || (kind === "create" && !registryWrite)) {
      return give(response, refusals.unauthorized());
    }
    give(response, kind === "read" ? readDevice(hub, deviceId) : createDevice(hub, deviceId, body));
  }

  /** A device that is missing or disabled is told so before its key is looked at. */
  function deviceRefusal(request: IncomingMessage, deviceId: string): Answer | undefined {
    const device = hub.devices.get(deviceId);
    if (device === undefined) return refusals.deviceNotFound();
    const signature = readSignature(request.headers.authorization);
    const resource = `${host}/devices/${encodeURIComponent(deviceId)}`.toLowerCase();
    const isDevice = signature?.isBy(device.key) === true && signature.resource === resource;
    if (!isDevice || signature.expiresAt <= now() || device.status === "disabled") return refusals.unauthorized();
    return undefined;
  }
}

function give(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function pairs(rawHeaders: readonly string[]): readonly (readonly [string, string])[] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""] as const] : []));
}
