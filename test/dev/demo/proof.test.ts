import type { ReceivedEventData } from "@azure/event-hubs";
import { describe, expect, it } from "vitest";
import type { DemoFeed } from "../../../dev/demo/feeds.ts";
import { prove } from "../../../dev/demo/proof.ts";

const feed: DemoFeed = {
  name: "doors",
  settings: {},
  recType: "test",
  by: "time",
  wants: () => true,
  identityOfRecord: ({ id }) => id,
  identityOfEvent: (body) => String(Object(body).id),
  timeOfEvent: (body) => Number(Object(body).time),
  deviceOfEvent: () => "door",
};

const event = (id: string, time: number, properties: Record<string, unknown> = {}): ReceivedEventData => ({
  body: { id, time },
  messageId: `event-${id}`,
  properties: { feed: "doors", ...properties },
  enqueuedTimeUtc: new Date(0),
  offset: "0",
  sequenceNumber: 0,
  partitionKey: null,
  getRawAmqpMessage: () => ({ body: undefined }),
});

const proofOf = (events: readonly ReceivedEventData[], expected: readonly string[], runOf = () => 0) =>
  prove(events, [feed], new Map([["doors", new Set(expected)]]), runOf);

describe("the proof of the demo", () => {
  it("holds when the hub has what was produced, once and in order", () => {
    expect(proofOf([event("a", 1), event("b", 2)], ["a", "b"])).toMatchObject({
      holds: true,
      produced: 2,
      delivered: 2,
    });
  });

  it("fails when something is missing", () => {
    expect(proofOf([event("a", 1)], ["a", "b"])).toMatchObject({ holds: false, missing: 1 });
  });

  it("fails when something is repeated", () => {
    expect(proofOf([event("a", 1), event("a", 1), event("b", 2)], ["a", "b"])).toMatchObject({
      holds: false,
      repeated: 1,
    });
  });

  it("fails when a repeat hides a missing one", () => {
    expect(proofOf([event("a", 1), event("a", 1)], ["a", "b"])).toMatchObject({
      holds: false,
      missing: 1,
      repeated: 1,
    });
  });

  it("fails when something is there that was never produced", () => {
    expect(proofOf([event("a", 1), event("x", 2)], ["a"])).toMatchObject({ holds: false, unexpected: 1 });
  });

  it("fails when the events of a device are out of order within a run, unless they say that they are late", () => {
    expect(proofOf([event("b", 2), event("a", 1)], ["a", "b"])).toMatchObject({ holds: false, outOfOrder: 1 });
    expect(proofOf([event("b", 2), event("a", 1, { late: true })], ["a", "b"])).toMatchObject({ holds: true });
  });

  it("fails when nothing was produced: an empty proof proves nothing", () => {
    expect(proofOf([], [])).toMatchObject({ holds: false });
  });
});
