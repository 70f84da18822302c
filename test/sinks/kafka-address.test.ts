import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { readKafkaAddress, type KafkaConnection } from "../../src/sinks/kafka-address.ts";
import { topicComplaint, topicsBy } from "../../src/sinks/kafka-topics.ts";
import { outgoingEvent } from "../contracts/outgoing-events.ts";

const setting = "KAFKA_CONNECTION";
const key = "c2VjcmV0LWtleS0wMTIzNDU2Nzg5";
const endpoint = "Endpoint=sb://example.servicebus.windows.net/";
const full = `${endpoint};SharedAccessKeyName=send;SharedAccessKey=${key}`;

function errorOf(work: () => unknown): BridgeError {
  try {
    work();
  } catch (error) {
    if (error instanceof BridgeError) return error;
    throw error;
  }
  throw new Error("It did not fail.");
}

describe("the address of a Kafka cluster", () => {
  it("is the Kafka endpoint of the namespace, with the whole connection string as the password", () => {
    expect(readKafkaAddress({ connectionString: full, setting })).toEqual({
      brokers: ["example.servicebus.windows.net:9093"],
      tls: true,
      login: { mechanism: "PLAIN", username: "$ConnectionString", password: full },
      host: "example.servicebus.windows.net:9093",
      setting,
      kind: "event-hubs-key",
    });
  });

  it("is bound to one hub by a connection string of that hub", () => {
    const address = readKafkaAddress({ connectionString: `${full};EntityPath=records`, setting });
    expect(address.onlyTopic).toBe("records");
  });

  it("is the port of the vendor's emulator without TLS, unless the string names another", () => {
    const emulator = full.replace("example.servicebus.windows.net/", "localhost") + ";UseDevelopmentEmulator=true;";
    expect(readKafkaAddress({ connectionString: emulator, setting })).toMatchObject({
      brokers: ["localhost:9092"],
      tls: false,
    });
    const other = emulator.replace("localhost", "localhost:1234");
    expect(readKafkaAddress({ connectionString: other, setting })).toMatchObject({ brokers: ["localhost:1234"] });
  });

  it("with an identity asks for a token of the namespace", async () => {
    const asked: unknown[] = [];
    const credential = {
      getToken: async (scope: unknown) => {
        asked.push(scope);
        return { token: "t", expiresOnTimestamp: 0 };
      },
    };
    const { login, brokers, tls } = readKafkaAddress({
      namespace: "example.servicebus.windows.net",
      credential,
      setting,
    });
    expect({ brokers, tls }).toEqual({ brokers: ["example.servicebus.windows.net:9093"], tls: true });
    if (login?.mechanism !== "OAUTHBEARER") throw new Error("It logs in with a token.");
    expect(await login.token()).toBe("t");
    expect(asked).toEqual(["https://example.servicebus.windows.net/.default"]);
  });

  it("of brokers of one's own goes by TLS unless that is switched off", () => {
    const brokers = ["kafka-1.example.com:9093", "[::1]:9092"];
    expect(readKafkaAddress({ brokers, setting })).toEqual({
      brokers,
      tls: true,
      host: brokers[0],
      setting,
      kind: "brokers",
    });
    expect(readKafkaAddress({ brokers, tls: false, setting }).tls).toBe(false);
  });

  const wrong: Readonly<Record<string, [KafkaConnection, RegExp]>> = {
    "no broker": [{ brokers: [], setting }, /names no broker/u],
    "a broker without a port": [{ brokers: ["kafka-1:9092", "kafka-2"], setting }, /"kafka-2" as a broker/u],
    "a URL for a broker": [{ brokers: ["https://kafka:9092"], setting }, /as a broker/u],
    "no endpoint": [{ connectionString: `SharedAccessKeyName=n;SharedAccessKey=${key}`, setting }, /has no Endpoint/u],
    "no key": [{ connectionString: `${endpoint};SharedAccessKeyName=n`, setting }, /no SharedAccessKeyName with/u],
    "a signature": [
      { connectionString: `${endpoint};SharedAccessSignature=sr=${key}`, setting },
      /signature alone is refused/u,
    ],
  };
  it.each(Object.entries(wrong))(
    "with %s is refused, with a fix and without the secret",
    (_name, [connection, text]) => {
      const error = errorOf(() => readKafkaAddress(connection));
      expect(error).toMatchObject({ code: "SETTINGS_INVALID", fix: expect.stringContaining(setting) });
      expect(error.message).toMatch(text);
      expect(`${error.message}${error.fix}`).not.toContain(key);
    },
  );
});

describe("the topic of an event", () => {
  it("is its record type, or the one that the sink names", () => {
    const event = outgoingEvent(1, "device-1");
    expect(topicsBy("record-type", setting)(event)).toEqual({ topic: "io.microshare.lake.snapshot.hourly" });
    expect(topicsBy({ fixed: "records" }, setting)(event)).toEqual({ topic: "records" });
    expect(topicsBy({ fixed: "records" }, setting, "records")(event)).toEqual({ topic: "records" });
  });

  it.each([
    ["", /is empty/u],
    [".", /is not a name/u],
    ["..", /is not a name/u],
    ["a b", /other characters/u],
    ["straße", /other characters/u],
    ["a/b", /other characters/u],
    ["x".repeat(250), /has 250 characters/u],
  ])("%j cannot be one", (name, text) => {
    expect(topicComplaint(name)).toMatch(text);
    expect(errorOf(() => topicsBy({ fixed: name }, setting))).toMatchObject({
      code: "SETTINGS_INVALID",
      message: expect.stringMatching(text),
      fix: expect.stringContaining("249"),
    });
    const event = outgoingEvent(1, "device-1");
    const odd = { ...event, properties: { ...event.properties, recType: name } };
    expect(topicsBy("record-type", setting)(odd)).toEqual({ reason: expect.stringMatching(text) });
  });

  it.each(["a", "...", "io.microshare.x", "A-Z_09.", "x".repeat(249)])("%j can be one", (name) => {
    expect(topicComplaint(name)).toBeUndefined();
  });

  it("must be the one hub that a connection string is for", () => {
    expect(errorOf(() => topicsBy({ fixed: "other" }, setting, "records")).message).toMatch(
      /hub records alone.*to other/u,
    );
    expect(errorOf(() => topicsBy("record-type", setting, "records")).message).toMatch(
      /hub records alone.*per record type/u,
    );
  });
});
