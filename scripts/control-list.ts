// The controls: for each promise a way to break it in the source, and the check that has to notice.

export interface Control {
  /** What is broken, in a few words. */
  readonly name: string;
  /** The promise that no longer holds then. */
  readonly promise: string;
  readonly edits: readonly Edit[];
  /** `simulate`, `chaos` (a short run of it), or test files for vitest. */
  readonly check: "simulate" | "chaos" | readonly string[];
}

export interface Edit {
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export const controls: readonly Control[] = [
  {
    name: "watermark before confirmation",
    promise: "a window is done only when each of its records is confirmed or dead-lettered",
    edits: [
      {
        file: "src/pipeline/forward-load.ts",
        find: "  const firstUnsettled = open.findIndex(({ unsettled }) => unsettled > 0);",
        replace: "  const firstUnsettled = -1;",
      },
    ],
    check: ["test/pipeline/forward-feed.test.ts"],
  },
  {
    name: "checkpoint before the send",
    promise: "progress is saved only behind what the sink confirmed",
    edits: [
      {
        file: "src/pipeline/forward-load.ts",
        find: "    const report = events.length === 0 ? NOTHING_SENT : await deps.send(events, more);",
        replace:
          "    for (const slice of load.slices) deps.progress.update((reached) => closeSlice(reached, slice, deps.settledUpTo(slice)));\n" +
          "    await deps.progress.save();\n" +
          "    const report = events.length === 0 ? NOTHING_SENT : await deps.send(events, more);",
      },
    ],
    check: "simulate",
  },
  {
    name: "what fills no batch forgotten",
    promise: "what is held back to fill batches goes with what follows",
    edits: [
      {
        file: "src/pipeline/forward-load.ts",
        find: "    const events = heldBack.length === 0 ? fresh : [...heldBack, ...fresh];",
        replace: "    const events = fresh;",
      },
    ],
    check: ["test/pipeline/forward-feed.test.ts"],
  },
  {
    name: "what was held back sent behind",
    promise: "what is held back to fill batches goes in front of what follows, so that order per device is kept",
    edits: [
      {
        file: "src/pipeline/forward-load.ts",
        find: "    const events = heldBack.length === 0 ? fresh : [...heldBack, ...fresh];",
        replace: "    const events = [...fresh, ...heldBack];",
      },
    ],
    check: ["test/pipeline/order.test.ts"],
  },
  {
    name: "a batch's buffer used again too early",
    promise: "the bytes of a batch stay as they are until the hub has confirmed them",
    edits: [
      {
        file: "src/sinks/event-hubs-batch.ts",
        find: "      await client.sendBatch(forHubSdk(batch, partitionId), { abortSignal: guarded(signal, mayStart) });",
        replace:
          "      const sent = forHubSdk(batch, partitionId);\n      batch.giveBack();\n" +
          "      await client.sendBatch(sent, { abortSignal: guarded(signal, mayStart) });",
      },
    ],
    check: ["test/sinks/event-hubs.test.ts"],
  },
  {
    name: "ledger before confirmation",
    promise: "an id is remembered only after the sink confirmed it",
    edits: [
      {
        file: "src/pipeline/forward-load.ts",
        find: "    const delivered = report.confirmed.flatMap(({ eventId }) => settle(eventId) ?? []);",
        replace:
          "    const others = new Set([...report.refused.map(({ event }) => event), ...heldBack]);\n" +
          "    const delivered = events.filter((event) => !others.has(event)).flatMap(({ eventId }) => settle(eventId) ?? []);",
      },
    ],
    check: "simulate",
  },
  {
    name: "watermark past a failed page",
    promise: "a page that fails keeps its window open",
    edits: [
      {
        file: "src/pipeline/reading-plan.ts",
        find: "    const lengthMs = window.to - window.from;",
        replace:
          "    yield { part, window, closedTo: window.to, records: [], unreadable: [], filtered: 0, hidden: 0, pages: 0, bytes: 0 };\n    if (window) return;\n    const lengthMs = window.to - window.from;",
      },
    ],
    check: "simulate",
  },
  {
    name: "lease ignored",
    promise: "two runs never work on one route at a time",
    edits: [
      {
        file: "src/pipeline/lease.ts",
        find: "if (seen.free || watchedMs >= terms.termMs) {",
        replace: "if (watchedMs >= 0) {",
      },
      {
        file: "src/pipeline/lease.ts",
        find: '      if (lease === undefined) return { kind: "elsewhere", owner: seen.owner ?? "another run" };',
        replace:
          "      if (lease === undefined) {\n        seen = await store.look(route);\n        continue;\n      }",
      },
      {
        file: "src/pipeline/forward-feed.ts",
        find: "deps.store.save(route.name, change, revision, lease)",
        replace: "deps.store.save(route.name, change, lease && (await deps.store.load(route.name))?.revision)",
      },
      {
        file: "src/pipeline/forward-feed.ts",
        find: "keeper.save((lease) =>",
        replace: "keeper.save(async (lease) =>",
      },
      {
        file: "src/pipeline/lease.ts",
        find: "await change(async (held) => ({ lease: await store.renew(route, held) }));",
        replace: "await change(async (held) => ({ lease: held }));",
      },
    ],
    check: "simulate",
  },
  {
    name: "no look at the clock before a transfer",
    promise: "a process that stood still past its lease hands over nothing more",
    edits: [
      {
        file: "src/pipeline/lease.ts",
        find: "!mayStillSend.signal.aborted && leftMs() > terms.sendMs;",
        replace: "!mayStillSend.signal.aborted;",
      },
    ],
    check: "simulate",
  },
  {
    name: "read-back skipped",
    promise: "what arrived before a crash is not sent again",
    edits: [
      {
        file: "src/pipeline/recovery.ts",
        find: "  if (sending === undefined) return { recovered: 0 };",
        replace: "  if (sending === undefined || deps.maxBytes > 0) return { recovered: 0 };",
      },
    ],
    check: "simulate",
  },
  {
    name: "read-back skipped, over sockets",
    promise: "what arrived before a kill is not sent again",
    edits: [
      {
        file: "src/pipeline/recovery.ts",
        find: "  if (sending === undefined) return { recovered: 0 };",
        replace: "  if (sending === undefined || deps.maxBytes > 0) return { recovered: 0 };",
      },
    ],
    check: "chaos",
  },
  {
    name: "dead letters read back up to a moving end",
    promise: "replays get on, also on a hub that grows faster than one of them reads",
    edits: [
      {
        file: "src/pipeline/replay-claims.ts",
        find: "claimed[0]?.upTo ?? (await freshPositions(deps))",
        replace: "await freshPositions(deps)",
      },
    ],
    check: ["test/pipeline/replay.test.ts"],
  },
  {
    name: "no wait before reading back",
    promise: "what is still on its way when a run dies is not sent again",
    edits: [
      {
        file: "src/pipeline/recovery.ts",
        find: "  await deps.wait(deps.sink.settleMs ?? 0, deps.signal).catch(stopped(deps));\n  return freshPositions(deps);",
        replace: "  return freshPositions(deps);",
      },
    ],
    check: ["test/pipeline/recovery.test.ts"],
  },
  {
    name: "mark saved after the send",
    promise: "a crash during the first send of a run is noticed",
    edits: [
      {
        file: "src/pipeline/sender.ts",
        find: "        await markSending(whileSending);\n",
        replace: "",
      },
    ],
    check: "simulate",
  },
  {
    name: "unknown outcomes sent again at once",
    promise: "a send whose answer was lost is looked up, not repeated",
    edits: [
      {
        file: "src/pipeline/recovery.ts",
        find: "    const arrived = await arrivedOf(open, deps);",
        replace: "    const arrived: ReadonlySet<string> | undefined = new Set<string>();\n    void arrivedOf;",
      },
    ],
    check: "simulate",
  },
  {
    name: "saturation ignored",
    promise: "a view that reached its limit is split",
    edits: [
      {
        file: "src/pipeline/slices.ts",
        find: "    if (page.saturated !== undefined) return { ...page.saturated, shown };\n",
        replace: "",
      },
    ],
    check: "simulate",
  },
  {
    name: "narrower parts believed to be all",
    promise: "what the whole showed and no narrower part holds stops the part",
    edits: [
      {
        file: "src/pipeline/slices.ts",
        find: "  if (missing.size > 0) throw notWhole(request, finer, missing.size);\n",
        replace: "  void notWhole;\n",
      },
    ],
    check: ["test/pipeline/completeness.test.ts"],
  },
  {
    name: "ledger shorter than the lookback",
    promise: "the ledger covers all that reading can meet again",
    edits: [
      {
        file: "src/pipeline/progress.ts",
        find: "  const backMs = Math.max(timing.lookbackMs, timing.deepLookbackMs);",
        replace: "  const backMs = Math.max(timing.lookbackMs, timing.deepLookbackMs) / 10;",
      },
    ],
    check: "simulate",
  },
  {
    name: "ledger not asked",
    promise: "what the ledger knows is not sent again",
    edits: [
      {
        file: "src/pipeline/ledger.ts",
        find: '    if (acquaintance === "delivered") {',
        replace: '    if (acquaintance === "delivered" && onTheWay.has(eventId)) {',
      },
    ],
    check: "simulate",
  },
  {
    name: "no lookback",
    promise: "late records are caught",
    edits: [
      {
        file: "src/pipeline/reading-plan.ts",
        find: "  yield* lookbackSlices(state);",
        replace: "  void lookbackSlices;",
      },
    ],
    check: "simulate",
  },
  {
    name: "owed lookback forgotten",
    promise: "a lookback that had no time is made up for",
    edits: [
      {
        file: "src/pipeline/reading-plan.ts",
        find: "    if (from < to) lookback[part] = owed === undefined ? { from, to } : spanOf(owed, { from, to });",
        replace: "    void spanOf;\n    if (from < to) lookback[part] = { from, to };",
      },
    ],
    check: ["test/pipeline/forward-feed.test.ts"],
  },
  {
    name: "order left to chance",
    promise: "records of a device leave in time order",
    edits: [
      {
        file: "src/pipeline/slices.ts",
        find: "  return { ...held, records: inTimeOrder(held.records) };",
        replace: "  return { ...held, records: held.records.toReversed() };",
      },
    ],
    check: ["test/pipeline/order.test.ts"],
  },
  {
    name: "start counted from each attempt",
    promise: "the start is resolved once and stored",
    edits: [
      {
        file: "src/pipeline/forward-feed.ts",
        find: "  return save(turn, { checkpoint, deadLetters: [] }, undefined);",
        replace: '  void save;\n  return { checkpoint, revision: "none" };',
      },
    ],
    check: ["test/pipeline/forward-feed.test.ts"],
  },
  {
    name: "clocks not compared",
    promise: "a clock that is too wrong stops the feed",
    edits: [
      {
        file: "src/pipeline/settled-up-to.ts",
        find: "    if (skewMs !== undefined && Math.abs(skewMs) > settleDelayMs + DATE_HEADER_STEP_MS) {",
        replace:
          "    if (skewMs !== undefined && Math.abs(skewMs) > settleDelayMs + DATE_HEADER_STEP_MS && skewMs === 1) {",
      },
    ],
    check: ["test/pipeline/forward-feed.test.ts"],
  },
  {
    name: "flood not noticed",
    promise: "a changed API is not emptied into dead letters",
    edits: [
      {
        file: "src/pipeline/forward-load.ts",
        find: "  if (all >= FLOOD_LEAST && all > FLOOD_SHARE * deps.read) return",
        replace: "  if (all >= FLOOD_LEAST && all > 10 * FLOOD_SHARE * deps.read * 3) return",
      },
    ],
    check: ["test/pipeline/forward-feed.test.ts"],
  },
  {
    name: "absent taken for failed, and failed for absent",
    promise: "state that cannot be read stops the run",
    edits: [
      {
        file: "src/pipeline/forward-all.ts",
        find: "        outcomes.set(route.name, { ...blockedBeforeStart(route, error), tookMs: 0 });",
        replace: "        turns.push({ route, seen: { lease: { free: true, epoch: 0 }, saved: undefined } });",
      },
    ],
    check: ["test/pipeline/forward-all.test.ts"],
  },
  {
    name: "retries of the SDK switched on",
    promise: "nothing re-sends behind the bridge's back",
    edits: [
      {
        file: "src/sinks/amqp-network.ts",
        find: "maxRetries: 0",
        replace: "maxRetries: 3",
      },
    ],
    check: ["test/sinks/event-hubs.test.ts"],
  },
  {
    name: "secrets left in the log",
    promise: "no secret leaves",
    edits: [
      {
        file: "src/telemetry/log.ts",
        find: "      write(at, redact(line));",
        replace: "      void redact;\n      write(at, line);",
      },
    ],
    check: ["test/telemetry"],
  },
];
