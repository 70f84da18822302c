// TLS and WebSockets: the SDK with certificates, token credentials and two WebSocket classes.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, getCACertificates, setDefaultCACertificates } from "node:tls";
import { promisify } from "node:util";
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from "@azure/event-hubs";
import { Agent, WebSocket as UndiciWebSocket } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { EventHubsEmulator } from "../../../dev/event-hubs-emulator/index.ts";
import { codesOf, emulatorFor, oneAttempt, read, sendTexts, textsOf } from "./clients.ts";

/** Trusts the emulator in this process, for the rest of the test. */
function trust(emulator: EventHubsEmulator): void {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, emulator.caCertPem ?? ""]);
  onTestFinished(() => setDefaultCACertificates(before));
}

const credential = (token: string) => ({
  getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
});

describe("TLS", () => {
  it("is spoken with a certificate for localhost", async () => {
    const emulator = await emulatorFor({ transport: "tls" });
    const socket = connect({ host: "localhost", port: emulator.port, ca: emulator.caCertPem });
    onTestFinished(() => void socket.destroy());
    await new Promise((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
    });

    expect(socket.authorized).toBe(true);
    expect(emulator.connectionString("hub")).toMatch(/^Endpoint=sb:\/\/localhost:\d+;/);
    expect(emulator.connectionString("hub")).not.toContain("UseDevelopmentEmulator");
  });

  it("is refused by a client that does not know the certificate", async () => {
    const emulator = await emulatorFor({ transport: "tls" });
    const producer = new EventHubProducerClient(emulator.connectionString("hub"), { retryOptions: oneAttempt });
    onTestFinished(() => producer.close());

    expect(await codesOf(producer.createBatch())).toEqual(["DEPTH_ZERO_SELF_SIGNED_CERT"]);
  });

  it("carries a token credential, the real namespace in its claims", async () => {
    const emulator = await emulatorFor({ transport: "tls", jwt: { accept: (token) => token === "good" } });
    trust(emulator);
    const options = { customEndpointAddress: emulator.endpoint, retryOptions: oneAttempt };
    const namespace = "contoso.servicebus.windows.net";
    const producer = new EventHubProducerClient(namespace, "hub", credential("good"), options);
    const consumer = new EventHubConsumerClient("$Default", namespace, "hub", credential("good"), options);
    const stranger = new EventHubProducerClient(namespace, "hub", credential("bad"), options);
    onTestFinished(async () => {
      for (const client of [producer, consumer, stranger]) await client.close();
    });
    await sendTexts(producer, ["over TLS"], { partitionId: "0" });

    expect(textsOf(await read(consumer, "0", earliestEventPosition).received(1))).toEqual(["over TLS"]);
    expect(await producer.getPartitionIds()).toEqual(["0", "1"]);
    expect(await codesOf(stranger.createBatch())).toEqual(["UnauthorizedError"]);
  });

  it("serves another process that trusts the certificate through NODE_EXTRA_CA_CERTS", async () => {
    const emulator = await emulatorFor({ transport: "tls" });
    const folder = await mkdtemp(join(tmpdir(), "emulator-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, emulator.caCertPem ?? "");
    const script = `
      import { EventHubProducerClient } from "@azure/event-hubs";
      const producer = new EventHubProducerClient(process.env.HUB, { retryOptions: { maxRetries: 0 } });
      await producer.sendBatch([{ body: Buffer.from("from another process") }]);
      await producer.close();`;
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
      env: { PATH: process.env["PATH"], NODE_EXTRA_CA_CERTS: caFile, HUB: emulator.connectionString("hub") },
    });

    expect(textsOf(emulator.events("hub"))).toEqual(["from another process"]);
  });

  it("dies when a fault drops the socket", async () => {
    const emulator = await emulatorFor({ transport: "tls" });
    trust(emulator);
    emulator.faults.loseAcknowledgement({ times: 1 });
    const producer = new EventHubProducerClient(emulator.connectionString("hub"), {
      retryOptions: { maxRetries: 1, retryDelayInMs: 1, timeoutInMs: 500 },
    });
    onTestFinished(() => producer.close());
    await sendTexts(producer, ["twice"]);

    expect(textsOf(emulator.events("hub"))).toEqual(["twice", "twice"]);
  });
});

describe("WebSockets", () => {
  const kinds: [string, (emulator: EventHubsEmulator) => object][] = [
    ["ws", ({ caCertPem }) => ({ webSocket: WebSocket, webSocketConstructorOptions: { ca: caCertPem } })],
    [
      "undici",
      // The SDK passes protocols and options as two arguments; undici takes both in one.
      ({ caCertPem }) => {
        const dispatcher = new Agent({ connect: { ca: caCertPem } });
        onTestFinished(() => dispatcher.destroy());
        class DispatchedWebSocket extends UndiciWebSocket {
          constructor(url: string, protocols: string[]) {
            super(url, { protocols, dispatcher });
          }
        }
        return { webSocket: DispatchedWebSocket };
      },
    ],
  ];

  it.each(kinds)("carry batches and readers (%s)", async (_, socketOf) => {
    const emulator = await emulatorFor({ transport: "websocket" });
    const options = { webSocketOptions: socketOf(emulator), retryOptions: oneAttempt };
    const producer = new EventHubProducerClient(emulator.connectionString("hub"), options);
    const consumer = new EventHubConsumerClient("$Default", emulator.connectionString("hub"), options);
    onTestFinished(async () => {
      await producer.close();
      await consumer.close();
    });
    const large = "x".repeat(900_000);
    await sendTexts(producer, ["small", large], { partitionId: "0" });

    const received = await read(consumer, "0", earliestEventPosition).received(2);
    expect(textsOf(received)).toEqual(["small", large]);
    expect(await producer.getPartitionIds()).toEqual(["0", "1"]);
  });

  it.each(kinds)("die when a fault drops them (%s)", async (_, socketOf) => {
    const emulator = await emulatorFor({ transport: "websocket" });
    emulator.faults.loseAcknowledgement({ times: 1 });
    const producer = new EventHubProducerClient(emulator.connectionString("hub"), {
      webSocketOptions: socketOf(emulator),
      retryOptions: { maxRetries: 1, retryDelayInMs: 1, timeoutInMs: 500 },
    });
    onTestFinished(() => producer.close());
    await sendTexts(producer, ["twice"]);

    expect(textsOf(emulator.events("hub"))).toEqual(["twice", "twice"]);
  });

  it.each([
    ["another path", "/elsewhere", "AMQPWSB10"],
    ["another sub-protocol", "/$servicebus/websocket", "amqp"],
  ])("are refused on %s", async (_, path, protocol) => {
    const emulator = await emulatorFor({ transport: "websocket" });
    const socket = new WebSocket(`wss://localhost:${emulator.port}${path}`, [protocol], { ca: emulator.caCertPem });
    const failure = await new Promise<Error>((resolve) => void socket.once("error", resolve));

    expect(failure.message).toMatch(/400|subprotocol/);
  });
});
