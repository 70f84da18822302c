// Controls of routes: several sinks, their settings, and reading for all of them at once.
import type { Control } from "./control-list.ts";

export const routeControls: readonly Control[] = [
  {
    name: "shared reading ended with the first route that stops",
    promise: "a sink that is down blocks only its own route",
    edits: [
      {
        file: "src/pipeline/readings.ts",
        find: "    if (reading.next.delete(seat)) letGo(reading);",
        replace: "    if (reading.next.delete(seat)) letGo(reading);\n    reading.stop.abort();",
      },
    ],
    check: ["test/pipeline/shared-reading.test.ts"],
  },
  {
    name: "failure of one sink told to the routes beside it",
    promise: "a sink that is down blocks only its own route",
    edits: [
      {
        file: "src/pipeline/readings.ts",
        find: "    if (reading.next.delete(seat)) letGo(reading);",
        replace:
          '    if (reading.next.delete(seat)) letGo(reading);\n    reading.end ??= { kind: "failed", error: stopped() };',
      },
    ],
    check: ["test/pipeline/shared-reading.test.ts"],
  },
  {
    name: "left behind, and what was missed skipped",
    promise: "each sink gets everything, at whatever pace",
    edits: [
      {
        file: "src/pipeline/readings.ts",
        find: "if (number === oldest.first) oldest.next.delete(seat);",
        replace: "if (number === oldest.first) oldest.next.set(seat, oldest.first + oldest.kept.length);",
      },
    ],
    check: "simulate",
  },
  {
    name: "kept for slower routes without a limit",
    promise: "memory does not grow with the backlog of a slow sink",
    edits: [
      {
        file: "src/pipeline/readings.ts",
        find: "sum + waiting(reading), 0) > mostWaitingBytes",
        replace: "sum + waiting(reading), 0) > 1000 * mostWaitingBytes",
      },
    ],
    check: ["test/pipeline/shared-reading.test.ts"],
  },
  {
    name: "one route after the other",
    promise: "no route waits for the sink of another",
    edits: [
      {
        file: "src/pipeline/feed-turn.ts",
        find: "    const results = await Promise.all(\n      seats.map(async (seat) => {",
        replace:
          "    let before: Promise<unknown> = Promise.resolve();\n" +
          "    const inTurn = <R>(work: (seat: Seat) => Promise<R>) => (seat: Seat): Promise<R> => {\n" +
          "      const mine = before.then(() => work(seat));\n      before = mine;\n      return mine;\n    };\n" +
          "    const results = await Promise.all(\n      seats.map(inTurn(async (seat) => {",
      },
      {
        file: "src/pipeline/feed-turn.ts",
        find: "      }),\n    );\n    return results.flat();",
        replace: "      })),\n    );\n    return results.flat();",
      },
    ],
    check: ["test/pipeline/several-sinks.test.ts"],
  },
  {
    name: "progress of a removed sink deleted",
    promise: "a sink that is taken out of the settings keeps its progress",
    edits: [
      {
        file: "src/run-routes.ts",
        find: "  { routeIndex, log }: RunDeps,\n",
        replace: "  { routeIndex, log, store }: RunDeps,\n",
      },
      {
        file: "src/run-routes.ts",
        find: "  const names = routes.map(({ name }) => name);",
        replace:
          "  const names = routes.map(({ name }) => name);\n" +
          "  for (const left of await routeIndex.list()) if (!names.includes(left)) await store.compactLedger(left, 9e15);",
      },
    ],
    check: ["test/integration/routes.test.ts"],
  },
  {
    name: "removed sink not told of",
    promise: "a sink that is taken out of the settings is reported",
    edits: [
      {
        file: "src/left-routes.ts",
        find: "known.filter((route) => !routes.includes(route))",
        replace: "known.filter((route) => routes.length === 0 && !routes.includes(route))",
      },
    ],
    check: ["test/integration/routes.test.ts"],
  },
  {
    name: "start of a new sink not its own",
    promise: "a sink that is added later begins where its setting says",
    edits: [
      {
        file: "src/open-routes.ts",
        find: 'startFrom.kind === "now" ? now :',
        replace: 'startFrom.kind === "now" ? now - 7_200_000 :',
      },
    ],
    check: ["test/integration/routes.test.ts"],
  },
  {
    name: "secret in SINKS accepted",
    promise: "no secret stands in JSON",
    edits: [
      {
        file: "src/config/inline-secrets.ts",
        find: "  return SECRET_TEXT.test(text) ||",
        replace: "  return (SECRET_TEXT.test(text) && text.length > 4096) ||",
      },
    ],
    check: ["test/config/sinks.test.ts"],
  },
  {
    name: "named settings not taken for secrets",
    promise: "no secret leaves",
    edits: [
      {
        file: "src/config/load-settings.ts",
        find: "...new Set([...settingNames.filter(isSecret), ...named])",
        replace: "...new Set([...settingNames.filter(isSecret), ...named.slice(named.length)])",
      },
    ],
    check: ["test/config/sinks.test.ts"],
  },
  {
    name: "single hub under another name",
    promise: "moving to SINKS neither repeats nor loses anything",
    edits: [
      {
        file: "src/config/sink-list.ts",
        find: "  if (isSingle && name !== SINGLE_SINK) {",
        replace: '  if (isSingle && name === "") {',
      },
    ],
    check: ["test/config/sinks.test.ts"],
  },
];
