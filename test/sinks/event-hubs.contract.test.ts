import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { Agent } from "undici";
import type { EventHubsEmulator } from "../../dev/event-hubs-emulator/index.ts";
import { describeSinkContract } from "../contracts/sink.ts";
import { connectionStringOf, hub, hubHarness, nobody, type HubOptions } from "./hub-harness.ts";

type Wrong = "credentials" | "hub" | "host" | undefined;

describeSinkContract("the Event Hubs sink over TCP", () =>
  hubHarness({}, (emulator, wrong) => ({
    connection: { connectionString: connectionStringOf(emulator, wrong) },
  })),
);

describeSinkContract("the Event Hubs sink over WebSockets", () =>
  hubHarness({ transport: "websocket" }, (emulator, wrong) => ({
    connection: { connectionString: connectionStringOf(emulator, wrong) },
    dispatcher: new Agent({ connect: { ca: emulator.caCertPem ?? "" } }),
  })),
);

describeSinkContract("the Event Hubs sink over TLS with an identity", () =>
  hubHarness({ transport: "tls", jwt: { accept: (token) => token === "right" } }, (emulator, wrong) => {
    setDefaultCACertificates([...getCACertificates("bundled"), emulator.caCertPem ?? ""]);
    return { ...withIdentity(emulator, wrong), transport: "amqp" };
  }),
);

function withIdentity(emulator: EventHubsEmulator, wrong: Wrong): HubOptions {
  const token = wrong === "credentials" ? "wrong" : "right";
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const namespace = wrong === "host" ? nobody : `localhost:${emulator.port}`;
  return { connection: { namespace, hub: wrong === "hub" ? "missing" : hub, credential } };
}
