// Controls of the sink with a hub per record type, and of the consumer in examples/.
import type { Control } from "./control-list.ts";

export const hubControls: readonly Control[] = [
  {
    name: "a fuller batch waited for in a hub per record type",
    promise: "a type that comes rarely keeps no window open",
    edits: [
      {
        file: "src/sinks/per-type-sending.ts",
        find: "return async (events, signal, mayStart) => {\n    const how: How = [signal, mayStart];",
        replace: "return async (events, signal, ...more) => {\n    const how = [signal, ...more];",
      },
      { file: "src/sinks/per-type-sending.ts", find: "send(own, signal, mayStart)", replace: "send(own, ...how)" },
    ],
    check: ["test/sinks/event-hubs-per-type.test.ts"],
  },
  {
    name: "a pace for each hub of a namespace",
    promise: "all hubs of a namespace together keep within the throughput units allowed",
    edits: [{ file: "src/sinks/event-hubs-per-type.ts", find: "...options, ...pace,", replace: "...options," }],
    check: ["test/sinks/throughput-pace.test.ts"],
  },
  {
    name: "hub created without a look first",
    promise: "a hub that is there keeps its partitions and its retention",
    edits: [{ file: "src/sinks/hub-directory-arm.ts", find: 'if (found.status === 200) return "there";', replace: "" }],
    check: ["test/sinks/hub-directory-arm.test.ts"],
  },
  {
    name: "token taken to wherever a list points",
    promise: "no secret leaves",
    edits: [
      {
        file: "src/sinks/hub-directory-arm.ts",
        find: "page.next.origin !== next.origin",
        replace: "page.next.origin === undefined",
      },
    ],
    check: ["test/sinks/hub-directory-arm.test.ts"],
  },
  {
    name: "only hubs of this process read back",
    promise: "a crash repeats nothing, in hubs that the dead process created as well",
    edits: [
      {
        file: "src/sinks/per-type-read-back.ts",
        find: "const listed = await list(signal);\n      const known",
        replace: "const listed = (await list(signal), hubs.opened());\n      const known",
      },
    ],
    check: ["test/sinks/event-hubs-per-type.run.test.ts"],
  },
  {
    name: "two types mixed in one hub",
    promise: "a type whose name another one has is held up, and said",
    edits: [
      {
        file: "src/sinks/hub-names.ts",
        find: "if (owner === undefined || owner === recType) return { hub };",
        replace: "if (hub.length > 0) return { hub };",
      },
    ],
    check: ["test/sinks/event-hubs-per-type.test.ts"],
  },
  {
    name: "shared hub reached out of turn",
    promise: "order is kept per device, also in the shared hub",
    edits: [{ file: "src/sinks/per-type-sending.ts", find: "    await before;\n", replace: "" }],
    check: ["test/sinks/event-hubs-per-type.test.ts"],
  },
  {
    name: "no place kept for the shared hub",
    promise: "a namespace that fills up still takes every type",
    edits: [
      {
        file: "src/sinks/per-type-hubs.ts",
        find: "if (sharedHub !== undefined && sameHub(sharedHub) !== sameHub(hub)) {",
        replace: "if (sharedHub !== undefined && sharedHub === hub) {",
      },
    ],
    check: ["test/sinks/event-hubs-per-type.test.ts"],
  },
  {
    name: "consumer overwrites what is there",
    promise: "the example stores each event once",
    edits: [
      {
        file: "examples/consumer/src/record-blobs.ts",
        find: 'conditions: { ifNoneMatch: "*" },',
        replace: "",
      },
    ],
    check: ["test/examples/consumer.test.ts"],
  },
  {
    name: "consumer without a claim",
    promise: "the example delivers each event once, for two instances as well",
    edits: [
      {
        file: "examples/consumer/src/done-table.ts",
        find: 'if (now() - known.claimedAt.getTime() < claimMs) return { kind: "theirs" };',
        replace: "",
      },
    ],
    check: ["test/examples/consumer.test.ts"],
  },
];
