// Controls of the sinks beside Event Hubs; the others are in control-list.ts.
import type { Control } from "./control-list.ts";

export const sinkControls: readonly Control[] = [
  {
    name: "retries of the Service Bus SDK switched on",
    promise: "nothing re-sends behind the bridge's back",
    edits: [{ file: "src/sinks/amqp-network.ts", find: "maxRetries: 0", replace: "maxRetries: 3" }],
    check: ["test/sinks/service-bus.test.ts"],
  },
  {
    name: "Service Bus message without its event id",
    promise: "duplicate detection drops what is sent again",
    edits: [
      {
        file: "src/sinks/service-bus-message.ts",
        find: "    messageId: event.eventId,",
        replace: "    messageId: `${event.eventId}-${performance.now()}`,",
      },
    ],
    check: ["test/sinks/unreadable-sinks.test.ts"],
  },
  {
    name: "sessions spread without regard to order",
    promise: "records of one device arrive in time order within a run",
    edits: [
      {
        file: "src/sinks/service-bus.ts",
        find: "String(hashOrderKey(sessionOf(event)) % sessionLanes)",
        replace: "String(hashOrderKey(event.eventId) % sessionLanes)",
      },
    ],
    check: ["test/sinks/service-bus.contract.test.ts"],
  },
  {
    name: "lost answer of an IoT hub taken for a refusal",
    promise: "a send whose answer is lost is not sent again by the same run",
    edits: [
      {
        file: "src/sinks/iot-hub-failures.ts",
        find: '  const isDefinite = phase === "link" || !started;',
        replace: '  const isDefinite = phase === "link" || !started || started;',
      },
    ],
    check: ["test/sinks/iot-hub.test.ts"],
  },
  {
    name: "full quota taken for a bad record",
    promise: "what an IoT hub does not take today is kept for tomorrow",
    edits: [{ file: "src/sinks/iot-hub-failures.ts", find: 'isQuota ? "full"', replace: 'isQuota ? "bad-event"' }],
    check: ["test/sinks/unreadable-sinks.test.ts"],
  },
  {
    name: "properties for an IoT hub not encoded",
    promise: "one odd text does not make a whole batch unreadable",
    edits: [
      {
        file: "src/sinks/iot-hub-batch.ts",
        find: "  return encodeURIComponent(value.toWellFormed())",
        replace: "  return value",
      },
    ],
    check: ["test/sinks/iot-hub.test.ts"],
  },
  {
    name: "IoT Hub not asked before it starts",
    promise: "a process that stood still starts no send",
    edits: [
      {
        file: "src/sinks/iot-hub-request.ts",
        find: "if (mayStart()) {",
        replace: "if (mayStart() || phase.length > 0) {",
      },
    ],
    check: ["test/sinks/iot-hub.test.ts"],
  },
];
