import { describe, expect, it } from "vitest";
import { batchFailure, linkFailure } from "../../src/sinks/kafka-failures.ts";
import type { BatchTicket } from "../../src/sinks/kafka-sockets.ts";

function named(name: string, more: object = {}): Error {
  return Object.assign(new Error("why"), { name }, more);
}

function ticket(more: Partial<BatchTicket> = {}): BatchTicket {
  return { left: false, mayStart: () => true, ...more };
}

const refusedConnection = named("KafkaJSConnectionError", { code: "ECONNREFUSED" });

describe("a failure before anything left", () => {
  it.each([
    [named("KafkaJSSASLAuthenticationError"), "unauthorized", "SASL"],
    [named("KafkaJSProtocolError", { code: 3 }), "not-found", "UNKNOWN_TOPIC_OR_PARTITION"],
    [named("KafkaJSProtocolError", { code: -1 }), "unavailable", "Kafka error -1"],
    [refusedConnection, "unreachable", "ECONNREFUSED"],
    [named("KafkaJSRequestTimeoutError"), "unreachable", "KafkaJSRequestTimeoutError"],
    [named("Error", { code: "ENOTFOUND" }), "unreachable", "ENOTFOUND"],
    [
      named("KafkaJSNumberOfRetriesExceeded", { cause: named("KafkaJSProtocolError", { code: 5 }) }),
      "unavailable",
      "LEADER_NOT_AVAILABLE",
    ],
  ])("%s is definite", (error, kind, code) => {
    expect(linkFailure(error)).toMatchObject({ kind, code, detail: "why", definite: true });
    expect(batchFailure(ticket(), error)).toMatchObject({ kind, definite: true });
  });

  it("is never a bug", () => {
    const bug = new TypeError("x is undefined");
    expect(() => linkFailure(bug)).toThrow(bug);
    expect(() => linkFailure("text")).toThrow("text");
  });

  it("is the end of the permission, where that ended", () => {
    const failure = batchFailure(ticket({ mayStart: () => false }), refusedConnection);
    expect(failure).toMatchObject({ kind: "cancelled", definite: true });
  });
});

describe("a failure after bytes left", () => {
  it("is uncertain without an answer, whatever the library met", () => {
    for (const error of [refusedConnection, named("KafkaJSProtocolError", { code: 3 }), new TypeError("x")]) {
      expect(batchFailure(ticket({ left: true }), error)).toMatchObject({ kind: "uncertain", definite: false });
    }
    expect(batchFailure(ticket({ left: true }), "text")).toMatchObject({
      kind: "uncertain",
      code: "Error",
      detail: "",
    });
  });

  it("is what the broker answered, whatever the library met", () => {
    const answered = ticket({ left: true, answer: { code: 10, throttleMs: 0 } });
    expect(batchFailure(answered, refusedConnection)).toMatchObject({ kind: "bad-event", code: "MESSAGE_TOO_LARGE" });
    const open = ticket({ left: true, answer: { code: 20, throttleMs: 0 } });
    expect(batchFailure(open, refusedConnection)).toMatchObject({ kind: "uncertain", code: "Kafka error 20" });
  });
});
