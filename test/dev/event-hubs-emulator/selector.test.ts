import { expect, it } from "vitest";
import { parseSelector } from "../../../dev/event-hubs-emulator/selector.ts";

it.each([
  ["amqp.annotation.x-opt-offset > '-1'", { by: "offset", value: -1, inclusive: false }],
  ["amqp.annotation.x-opt-offset >= '4096'", { by: "offset", value: 4096, inclusive: true }],
  ["amqp.annotation.x-opt-sequence-number > '7'", { by: "sequenceNumber", value: 7, inclusive: false }],
  ["amqp.annotation.x-opt-enqueued-time > '1700000000000'", { by: "enqueuedTime", value: 1.7e12, inclusive: false }],
  ["amqp.annotation.x-opt-sequence-number >= 7", { by: "sequenceNumber", value: 7, inclusive: true }],
  ["amqp.annotation.x-opt-offset > '@latest'", { by: "latest", inclusive: false }],
])("reads %s", (text, position) => {
  expect(parseSelector(text)).toEqual(position);
});

it.each([
  "",
  "amqp.annotation.x-opt-offset < '1'",
  "amqp.annotation.x-opt-colour > '1'",
  "amqp.annotation.x-opt-sequence-number > '@latest'",
  "amqp.annotation.x-opt-offset > '1' or true",
  "amqp.annotation.x-opt-offset > 'one'",
])("does not guess at %j", (text) => {
  expect(parseSelector(text)).toBeUndefined();
});
