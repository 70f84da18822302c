import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { Agent } from "undici";
import type { ServiceBusEmulator } from "../../dev/service-bus-emulator/index.ts";
import { describeSinkContract } from "../contracts/sink.ts";
import { nobody } from "./hub-harness.ts";
import { busConnection, busHarness, queue, setting, type BusOptions, type Wrong } from "./service-bus-harness.ts";

const oneLane = {
  "goes on with the other devices beside an unknown outcome":
    "without sessions everything goes on one lane, as only that keeps each device in order",
};

describeSinkContract(
  "the Service Bus sink over TCP",
  () => busHarness({}, (emulator, wrong) => ({ connection: busConnection(emulator, wrong) })),
  oneLane,
);

describeSinkContract("the Service Bus sink with a session per device", () =>
  busHarness({ queues: [{ name: queue, requiresSession: true }] }, (emulator, wrong) => ({
    connection: busConnection(emulator, wrong),
    sessions: "per-device",
  })),
);

describeSinkContract("the Service Bus sink with one session in a batch", () =>
  busHarness({ queues: [{ name: queue, requiresSession: true }] }, (emulator, wrong) => ({
    connection: busConnection(emulator, wrong),
    sessions: "per-device",
    oneSessionPerBatch: true,
  })),
);

describeSinkContract(
  "the Service Bus sink on a topic over WebSockets",
  () =>
    busHarness(
      { transport: "websocket", queues: [], topics: [{ name: queue, subscriptions: ["one"] }] },
      (emulator, wrong) => ({
        connection: busConnection(emulator, wrong),
        dispatcher: new Agent({ connect: { ca: emulator.caCertPem ?? "" } }),
      }),
    ),
  oneLane,
);

describeSinkContract(
  "the Service Bus sink over TLS with an identity",
  () =>
    busHarness({ transport: "tls", jwt: { accept: (token) => token === "right" } }, (emulator, wrong) => {
      setDefaultCACertificates([...getCACertificates("bundled"), emulator.caCertPem ?? ""]);
      return { connection: withIdentity(emulator, wrong), transport: "amqp" };
    }),
  oneLane,
);

function withIdentity(emulator: ServiceBusEmulator, wrong: Wrong): BusOptions["connection"] {
  const token = wrong === "credentials" ? "wrong" : "right";
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const namespace = wrong === "host" ? nobody : `localhost:${emulator.port}`;
  return { namespace, entity: wrong === "hub" ? "missing" : queue, credential, setting };
}
