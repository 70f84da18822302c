// An ingestion endpoint on this machine: takes what the SDKs send to Application Insights or to an OTLP collector.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

const unzip = promisify(gunzip);

/** One request as it came, decompressed. */
export interface TelemetryRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** `hang` takes the request and never answers. */
export type EndpointMood = "well" | "hang" | { readonly status: number };

export interface TelemetryEndpoint extends AsyncDisposable {
  readonly url: string;
  /** A connection string whose telemetry comes here. */
  readonly connectionString: string;
  readonly requests: readonly TelemetryRequest[];
  /** What could not be read, which is a mistake of the sender or of this endpoint. */
  readonly complaints: readonly string[];
  mood: EndpointMood;
  /** Envelopes that arrived at `/v2.1/track`, in order. */
  envelopes(): readonly Envelope[];
  /** Bodies of `/v1/traces`, `/v1/metrics`, `/v1/logs`. */
  otlp(signal: "traces" | "metrics" | "logs"): readonly unknown[];
  close(): Promise<void>;
}

/** The form in which Application Insights takes everything. */
export interface Envelope {
  readonly name: string;
  readonly time: string;
  readonly sampleRate: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: { readonly baseType: string; readonly baseData: Readonly<Record<string, unknown>> };
}

const TRACK = "/v2.1/track";
const INSTRUMENTATION_KEY = "00000000-0000-4000-8000-000000000001";

/** Listens on a free port of the loopback address. */
export async function startTelemetryEndpoint(): Promise<TelemetryEndpoint> {
  const requests: TelemetryRequest[] = [];
  const complaints: string[] = [];
  const server = createServer((incoming, response) => {
    take(incoming, response).catch((error: unknown) => {
      if (!response.destroyed) complaints.push(String(error));
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the endpoint listens on no port");
  const url = `http://127.0.0.1:${address.port}`;

  async function take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await buffer(incoming);
    const body = (incoming.headers["content-encoding"] === "gzip" ? await unzip(raw) : raw).toString("utf8");
    requests.push({ path: incoming.url ?? "", headers: incoming.headers, body });
    const { mood } = endpoint;
    if (mood === "hang") return;
    const status = mood === "well" ? 200 : mood.status;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(status === 200 ? accepted(incoming.url ?? "", body) : { message: "not now" }));
  }

  function bodiesOf(path: string): readonly unknown[] {
    return requests.filter((request) => request.path === path).map(({ body }): unknown => JSON.parse(body));
  }

  const endpoint: TelemetryEndpoint = {
    url,
    connectionString: `InstrumentationKey=${INSTRUMENTATION_KEY};IngestionEndpoint=${url}`,
    requests,
    complaints,
    mood: "well",
    envelopes: () => requests.filter(({ path }) => path === TRACK).flatMap(({ body }) => envelopesIn(body)),
    otlp: (signal) => bodiesOf(`/v1/${signal}`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
  return endpoint;
}

function accepted(path: string, body: string): unknown {
  if (path !== TRACK) return {};
  const { length } = envelopesIn(body);
  return { itemsReceived: length, itemsAccepted: length, errors: [] };
}

/** A JSON array, or one envelope a line. */
function envelopesIn(body: string): readonly Envelope[] {
  if (body.startsWith("[")) return JSON.parse(body);
  return body
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Envelope => JSON.parse(line));
}
