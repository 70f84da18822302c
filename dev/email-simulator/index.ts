// The mail service of Azure Communication Services in this process, as far as a sender needs it: start it, break it, read the mails.
import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createRules, type Fault, type FaultScope } from "../amqp/fault-rules.ts";
import { makeCertificate } from "../certificates.ts";
import { refusals, type Answer } from "./answers.ts";
import { isAuthorized } from "./authorization.ts";
import { mailboxPage } from "./mailbox-page.ts";
import { readMessage, type SentMessage } from "./message.ts";
import { createOperations, type OperationEnd, type OperationStatus } from "./operations.ts";
import { createThrottle, type Limits } from "./throttle.ts";

export interface EmailSimulatorOptions {
  /** MailFrom addresses of the linked domain, in lower case. */
  readonly senders?: readonly string[];
  /** Default: those of a domain that Azure manages. */
  readonly sendLimits?: Limits;
  readonly readLimits?: Limits;
  /** How long an operation runs. */
  readonly runningMs?: number;
  /** Without it the service gives every operation an id of its own, whatever the sender asks for. Default true. */
  readonly honoursOperationIds?: boolean;
  /** https: tokens go no other way. */
  readonly tls?: boolean;
  /** Tokens that are let in. */
  readonly tokens?: readonly string[];
  readonly now?: () => number;
  /** 0 for any free one. */
  readonly port?: number;
}

export interface StoredMail {
  readonly operationId: string;
  readonly status: OperationStatus;
  readonly sentAt: number;
  readonly message: SentMessage;
}

export interface EmailFaults {
  /** Every such request gets this answer, and is not taken. */
  answer(kind: "send" | "read", answer: Answer, scope?: FaultScope): Fault;
  /** The socket ends, or stays silent, instead of an answer to a send, whether the mail was taken or not. */
  loseAnswer(scope: FaultScope & { readonly taken: boolean; readonly silent?: true }): Fault;
  /** How the operations of the next mails end. */
  end(end: OperationEnd, scope?: FaultScope): Fault;
  clear(): void;
}

export interface EmailSimulator {
  /** `http://127.0.0.1:port`, or https with `localhost`. */
  readonly endpoint: string;
  readonly connectionString: string;
  readonly accessKey: string;
  readonly caCertPem: string;
  /** The page with the mails. */
  readonly mailboxUrl: string;
  /** In the order of sending. */
  readonly mails: readonly StoredMail[];
  /** Requests, as `POST /emails:send`, with their answer's status. */
  readonly requests: readonly { readonly line: string; readonly status: number; readonly operationId?: string }[];
  readonly faults: EmailFaults;
  close(): Promise<void>;
}

const MOST_BODY_BYTES = 10 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 30;
const OPERATION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export async function startEmailSimulator(options: EmailSimulatorOptions = {}): Promise<EmailSimulator> {
  const { senders = ["donotreply@example.com"], honoursOperationIds = true, tls = false, tokens = [] } = options;
  const { now = Date.now, runningMs = 0, port = 0 } = options;
  const sendThrottle = createThrottle(options.sendLimits ?? { perMinute: 5, perHour: 10 }, now);
  const readThrottle = createThrottle(options.readLimits ?? { perMinute: 60, perHour: 200 }, now);
  const operations = createOperations(runningMs, now);
  const doors = { accessKey: randomBytes(64).toString("base64"), tokens };
  const requests: { line: string; status: number; operationId?: string }[] = [];
  const sendRules = createRules<Answer | { readonly lost: "drop" | "silence"; readonly taken: boolean }>();
  const readRules = createRules<Answer>();
  const endRules = createRules<OperationEnd>();
  const { certPem, keyPem } = makeCertificate();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response).catch((error: unknown) => {
      process.emitWarning(`e-mail simulator: ${String(error)}`);
      response.destroy();
    });
  };
  const server = tls ? createTlsServer({ cert: certPem, key: keyPem }, listener) : createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the server has no port");
  const endpoint = tls ? `https://localhost:${bound.port}` : `http://127.0.0.1:${bound.port}`;
  const mails = (): readonly StoredMail[] =>
    operations.all.map((operation) => ({
      operationId: operation.id,
      status: operations.statusOf(operation),
      sentAt: operation.sentAt,
      message: operation.message,
    }));

  return {
    endpoint,
    connectionString: `endpoint=${endpoint}/;accesskey=${doors.accessKey}`,
    accessKey: doors.accessKey,
    caCertPem: certPem,
    mailboxUrl: `${endpoint}/mailbox`,
    get mails() {
      return mails();
    },
    requests,
    faults: {
      answer: (kind, answer, scope) => (kind === "send" ? sendRules : readRules).add(answer, scope),
      loseAnswer: ({ taken, silent, ...scope }) => sendRules.add({ lost: silent ? "silence" : "drop", taken }, scope),
      end: (end, scope) => endRules.add(end, scope),
      clear: () => [sendRules, readRules, endRules].forEach((rules) => rules.clear()),
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request));
    const url = new URL(request.url ?? "/", endpoint);
    if (request.method === "GET" && url.pathname === "/mailbox.json")
      return give(response, { status: 200, body: mails() });
    if (request.method === "GET" && url.pathname === "/mailbox") {
      const csp = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'";
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": csp });
      return void response.end(mailboxPage(mails()));
    }
    const operationId = header(request, "operation-id");
    const answer = answerTo(request, url, body, operationId);
    const status = answer === "drop" || answer === "silence" ? 0 : answer.status;
    const asked = operationId ?? url.pathname.split("/")[3];
    requests.push({
      line: `${request.method} ${url.pathname}`,
      status,
      ...(asked === undefined ? {} : { operationId: asked }),
    });
    if (answer === "drop") return void response.destroy();
    if (answer !== "silence") give(response, answer);
  }

  function answerTo(
    request: IncomingMessage,
    url: URL,
    body: Buffer,
    operationId: string | undefined,
  ): Answer | "drop" | "silence" {
    if (!isAuthorized(request, body, doors, Date.now())) return refusals.unauthorized();
    if (!url.searchParams.has("api-version")) return refusals.malformed("api-version is missing");
    if (request.method === "POST" && url.pathname === "/emails:send") return send(request, body, operationId);
    const [, id] = /^\/emails\/operations\/([^/]+)$/.exec(url.pathname) ?? [];
    return request.method === "GET" && id !== undefined ? read(id) : refusals.notFound();
  }

  function send(request: IncomingMessage, body: Buffer, asked: string | undefined): Answer | "drop" | "silence" {
    const wait = sendThrottle();
    if (wait !== undefined) return refusals.throttled(wait);
    if (!/^application\/json\b/.test(request.headers["content-type"] ?? ""))
      return refusals.malformed("the body is no JSON");
    if (asked !== undefined && !OPERATION_ID.test(asked)) return refusals.malformed("Operation-Id is no UUID");
    if (body.length > MOST_BODY_BYTES) return refusals.tooLarge();
    const message = readMessage(body);
    if (typeof message === "string") return refusals.malformed(message);
    if (!senders.includes(message.senderAddress.toLowerCase())) return refusals.domainNotLinked();
    const effect = sendRules.take({});
    if (effect !== undefined && "status" in effect) return effect;
    if (effect?.taken === false) return effect.lost;
    const id = honoursOperationIds && asked !== undefined ? asked : randomUUID();
    const known = operations.find(id);
    const operation = known ?? {
      id,
      message,
      sentAt: now(),
      end: endRules.take({}) ?? { status: "Succeeded" as const },
    };
    if (known === undefined) operations.add(operation);
    if (effect !== undefined) return effect.lost;
    const location = `${endpoint}/emails/operations/${id}?api-version=2025-09-01`;
    const headers = { "operation-location": location, "retry-after": String(RETRY_AFTER_SECONDS) };
    return { status: 202, headers, body: { id, status: "Running" } };
  }

  function read(id: string): Answer {
    const wait = readThrottle();
    if (wait !== undefined) return refusals.throttled(wait);
    const effect = readRules.take({});
    if (effect !== undefined) return effect;
    const operation = operations.find(id);
    if (operation === undefined) return refusals.notFound();
    const running = operations.statusOf(operation) === "Running";
    const headers = running ? { headers: { "retry-after": String(RETRY_AFTER_SECONDS) } } : {};
    return { status: 200, ...headers, body: operations.bodyOf(operation) };
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}

function give(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
