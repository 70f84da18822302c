// Controls of the Kafka sink, which need its broker, and of the event formats, which do not; the others are in control-list.ts.
import type { Control } from "./control-list.ts";

export const formatControls: readonly Control[] = [
  {
    name: "format without the event's properties",
    promise: "reading back knows an event in any format",
    edits: [
      {
        file: "src/sinks/formats/cloud-event.ts",
        find: "properties: { ...event.properties, ...attributes }",
        replace: "properties: { ...event.properties, route: event.eventId, ...attributes }",
      },
    ],
    check: ["test/sinks/formats/with-format.test.ts"],
  },
  {
    name: "formatted event dead-lettered",
    promise: "a dead letter keeps the record's own bytes",
    edits: [
      {
        file: "src/sinks/formats/with-format.ts",
        find: "({ event: original(event), reason })",
        replace: "({ event, reason })",
      },
    ],
    check: ["test/sinks/formats/with-format.test.ts"],
  },
  {
    name: "record parsed and written again in its envelope",
    promise: "every format carries the record's own bytes",
    edits: [
      {
        file: "src/sinks/formats/spliced.ts",
        find: "    json,\n",
        replace: "    Buffer.from(JSON.stringify(JSON.parse(Buffer.from(json).toString()))),\n",
      },
    ],
    check: ["test/sinks/formats/formats.test.ts"],
  },
];

export const kafkaControls: readonly Control[] = [
  {
    name: "retries of the Kafka library switched on",
    promise: "nothing re-sends behind the bridge's back",
    edits: [
      {
        file: "src/sinks/kafka-session.ts",
        find: "    idempotent: false,\n    retry: { retries: 0 },",
        replace: "    idempotent: false,\n    retry: { retries: 2, initialRetryTime: 10 },",
      },
    ],
    check: ["test/sinks/kafka/kafka.test.ts"],
  },
  {
    name: "Kafka batch written without a look at its permission",
    promise: "no transfer starts that could outlast the lease",
    edits: [
      {
        file: "src/sinks/kafka-sockets.ts",
        find: "if (ticket === undefined || !ticket.mayStart()) return false;",
        replace: "if (ticket === undefined) return false;",
      },
    ],
    check: ["test/sinks/kafka/kafka.test.ts"],
  },
  {
    name: "lost answer of Kafka taken for a refusal",
    promise: "a send whose answer is lost is not sent again by the same run",
    edits: [
      {
        file: "src/sinks/kafka-failures.ts",
        find: 'if (ticket.left) return sendFailure("uncertain"',
        replace: 'if (ticket.left) return sendFailure("unavailable"',
      },
    ],
    check: ["test/sinks/kafka/kafka.test.ts"],
  },
  {
    name: "Kafka partition by event instead of device",
    promise: "records of one device arrive in time order within a run",
    edits: [{ file: "src/sinks/kafka.ts", find: "Buffer.from(event.orderKey)", replace: "Buffer.from(event.eventId)" }],
    check: ["test/sinks/kafka/kafka.contract.test.ts"],
  },
  {
    name: "headers left out of a Kafka request's size",
    promise: "no request is larger than the broker takes",
    edits: [
      {
        file: "src/sinks/kafka-message.ts",
        find: "    bytes += headerFrame + Buffer.byteLength(name) + Buffer.byteLength(text);",
        replace: "    void headerFrame;\n    void [name, text];",
      },
    ],
    check: ["test/sinks/kafka/kafka.test.ts"],
  },
  {
    name: "silence that a Kafka broker asks for ignored",
    promise: "throttling is waited out",
    edits: [
      {
        file: "src/sinks/kafka-client.ts",
        find: "pacing.silence(ticket.answer?.throttleMs ?? 0);",
        replace: "pacing.silence(0);",
      },
    ],
    check: ["test/sinks/kafka/kafka.contract.test.ts"],
  },
];
