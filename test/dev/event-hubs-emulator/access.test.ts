// Who may do what: signatures, expiry, rights per operation and per hub.
import { EventHubProducerClient, earliestEventPosition } from "@azure/event-hubs";
import { createHmac } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkToken, findClaim } from "../../../dev/amqp/sas.ts";
import type { SharedKey } from "../../../dev/amqp/sas.ts";
import { codesOf, consumerFor, emulatorFor, oneAttempt, producerFor, read, sendTexts } from "./clients.ts";

const keys: SharedKey[] = [
  { name: "all", key: "k-all", rights: ["Manage"] },
  { name: "sender", key: "k-sender+/=", rights: ["Send"] },
  { name: "listener", key: "k-listener", rights: ["Listen"] },
  { name: "other-hub", key: "k-other", rights: ["Manage"], hub: "other" },
];
const hubs = [{ name: "hub" }, { name: "other" }];

describe("a connection string", () => {
  it("with the wrong key is refused", async () => {
    const emulator = await emulatorFor({ keys });
    const wrong = emulator.connectionString("hub").replace("k-all", "guessed");
    const producer = new EventHubProducerClient(wrong, { retryOptions: oneAttempt });
    onTestFinished(() => producer.close());

    expect(await codesOf(producer.createBatch())).toEqual(["UnauthorizedError"]);
    expect(await codesOf(producer.getPartitionIds())).toEqual(["UnauthorizedError"]);
  });

  it("with an unknown key name is refused", async () => {
    const emulator = await emulatorFor({ keys });
    const unknown = emulator.connectionString("hub").replace("=all", "=nobody");
    const producer = new EventHubProducerClient(unknown, { retryOptions: oneAttempt });
    onTestFinished(() => producer.close());

    expect(await codesOf(producer.createBatch())).toEqual(["UnauthorizedError"]);
    expect(() => emulator.connectionString("hub", "nobody")).toThrow("no key nobody");
  });

  it("allows just what its key may", async () => {
    const emulator = await emulatorFor({ keys });
    await sendTexts(producerFor(emulator, { key: "sender" }), ["a"], { partitionId: "0" });
    await read(consumerFor(emulator, { key: "listener" }), "0", earliestEventPosition).received(1);

    expect(await codesOf(producerFor(emulator, { key: "listener" }).createBatch())).toEqual(["UnauthorizedError"]);
    const reading = read(consumerFor(emulator, { key: "sender" }), "0", earliestEventPosition);
    expect(await reading.failed()).toMatchObject({ code: "UnauthorizedError" });
    expect(await producerFor(emulator, { key: "sender" }).getPartitionIds()).toHaveLength(2);
  });

  it("of one hub is worth nothing at another", async () => {
    const emulator = await emulatorFor({ keys, hubs });
    await sendTexts(producerFor(emulator, { hub: "other", key: "other-hub" }), ["a"]);

    expect(await codesOf(producerFor(emulator, { hub: "hub", key: "other-hub" }).createBatch())).toEqual([
      "UnauthorizedError",
    ]);
  });
});

function signature(resource: string, expiresAt: number, key = "k-sender+/=", name = "sender"): string {
  const uri = encodeURIComponent(resource);
  const expiry = Math.floor(expiresAt / 1000);
  const signed = createHmac("sha256", key).update(`${uri}\n${expiry}`).digest("base64");
  return `SharedAccessSignature sr=${uri}&sig=${encodeURIComponent(signed)}&se=${expiry}&skn=${name}`;
}

describe("a ready-made signature", () => {
  const hourMs = 60 * 60 * 1000;

  const rules = { keys, now: () => 1_000_000_000_000 };
  const later = rules.now() + hourMs;

  it.each([
    ["sb://ns/hub", "sb://ns/hub"],
    ["sb://ns/", "sb://ns/hub"],
    ["https://NS:5671/Hub", "sb://ns/hub/Partitions/1"],
  ])("for %s is good for %s", (resource, audience) => {
    expect(checkToken(signature(resource, later), audience, rules)).toMatchObject({
      rights: ["Send"],
      expiresAt: later,
    });
  });

  it.each([
    ["an expired one", signature("sb://ns/hub", rules.now() - 1000), "ExpiredToken"],
    ["one for another hub", signature("sb://ns/hub2", later), "InvalidAudience"],
    ["one for a part of it", signature("sb://ns/hub/Partitions/1", later), "InvalidAudience"],
    ["one for another namespace", signature("sb://other/hub", later), "InvalidAudience"],
    ["one with a changed expiry", signature("sb://ns/hub", later).replace(/se=\d/, "se=9"), "InvalidSignature"],
    ["one with a changed resource", signature("sb://ns/hub2", later).replace("hub2", "hub"), "InvalidSignature"],
    ["one of no shape", "SharedAccessSignature nonsense", "InvalidSignature"],
    ["one that cannot be decoded", "SharedAccessSignature sr=%E0%A4%A&sig=x&se=1&skn=all", "InvalidSignature"],
    ["a JWT nobody accepts", "eyJhbGciOiJub25lIn0.e30.", "InvalidToken"],
  ])("is refused: %s", (_, token, reason) => {
    expect(checkToken(token, "sb://ns/hub", rules)).toEqual(expect.stringContaining(reason));
  });

  it("gives a claim that runs out", () => {
    const claim = { path: "hub", rights: ["Send"] as const, expiresAt: 1000 };

    expect(findClaim([claim], "hub/partitions/0", "Send", 999)).toBe(claim);
    expect(findClaim([claim], "hub", "Send", 1000)).toBe("expired");
    expect(findClaim([claim], "hub", "Listen", 0)).toBeUndefined();
    expect(findClaim([claim], "hub2", "Send", 0)).toBeUndefined();
  });

  it("ends the link when its time has come", async () => {
    let now = Date.now();
    const emulator = await emulatorFor({ keys, now: () => now });
    const token = signature(`${emulator.endpoint}/hub`, now + hourMs);
    const connectionString = `Endpoint=${emulator.endpoint};SharedAccessSignature=${token};EntityPath=hub`;
    const producer = new EventHubProducerClient(`${connectionString};UseDevelopmentEmulator=true`, {
      retryOptions: { maxRetries: 0, timeoutInMs: 700 },
    });
    onTestFinished(() => producer.close());
    await sendTexts(producer, ["in time"]);
    now += hourMs + 1000;

    expect(await codesOf(sendTexts(producer, ["too late"]))).toEqual(["OperationTimeoutError"]);
    expect(await codesOf(sendTexts(producer, ["much too late"]))).toEqual(["UnauthorizedError"]);
    expect(emulator.events("hub")).toHaveLength(1);
  });
});
