// Each kind of sink in the demo: what is really in it is proved, and a loss or a repeat there is noticed.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runSinks, settingsFor, type Held } from "../../../dev/demo/all-sinks.ts";
import type { DemoSink } from "../../../dev/demo/sinks/sink.ts";
import { demoSinkNames, missingHere, startSinks } from "../../../dev/demo/sinks/start.ts";
import { startStandIns } from "../../../dev/demo/stand-ins.ts";
import { loadSettings } from "../../../src/config/load-settings.ts";
import { openSinks } from "../../../src/open-routes.ts";
import type { Sink } from "../../../src/pipeline/ports.ts";
import { noTelemetry } from "../../../src/telemetry/telemetry.ts";
import { outgoingEvent } from "../../contracts/outgoing-events.ts";

/** A few records of each feed. */
const FLEET = { buildings: 1, roomsPerBuilding: 3, motionEveryMinutes: 30 };

const open: AsyncDisposable[] = [];
let sinks: readonly DemoSink[] = [];
let held: readonly Held[] = [];
let opened: ReadonlyMap<string, Sink> = new Map();

beforeAll(async () => {
  const standIns = await startStandIns(7, {}, FLEET);
  open.push(standIns);
  const started = await startSinks("all", standIns);
  open.push(started);
  sinks = started.sinks;
  held = await runSinks(standIns, sinks, 1, () => undefined);
  const loaded = loadSettings(settingsFor(standIns, sinks), { functionTimeout: "00:10:00" });
  if (loaded.kind === "invalid") throw new Error(JSON.stringify(loaded.problems));
  opened = await openSinks(loaded.settings.routes, {
    sendTimeoutMs: 10_000,
    dispatcher: undefined,
    environment: {},
    telemetry: noTelemetry,
    knownDevices: () => new Map(),
    now: () => standIns.clock.now,
    wait: () => Promise.resolve(),
    random: Math.random,
  });
}, 120_000);

afterAll(async () => {
  await Promise.all([...opened.values()].map((sink) => sink.close()));
  for (const one of open.toReversed()) await one[Symbol.asyncDispose]();
});

const nothingWrong = { missing: 0, unexpected: 0, repeated: 0, outOfOrder: 0, heldUp: 0 };

describe.each(demoSinkNames.filter((name) => !missingHere.has(name)))("the demo's proof of %s", (name) => {
  const mine = (): Held => {
    const found = held.find(({ sink }) => sink === name);
    if (found === undefined) throw new Error(`nothing was sent to ${name}`);
    return found;
  };

  it("finds everything there once, and does not hold without the hour in which it is down", () => {
    const proof = mine().prove(mine().events);
    expect(proof).toMatchObject({ ...nothingWrong, blockedRuns: 0, holds: false });
    expect(proof.produced).toBeGreaterThan(30);
    expect(proof.delivered).toBe(proof.produced);
    expect(proof.feeds.filter(({ delivered }) => delivered === 0)).toEqual([]);
  });

  it("notices that an event is missing, whichever it is", () => {
    const { events, prove } = mine();
    for (const lost of [0, Math.floor(events.length / 2), events.length - 1])
      expect(prove(events.toSpliced(lost, 1))).toMatchObject({ ...nothingWrong, missing: 1 });
  });

  it("notices an event that is really there twice", async () => {
    const [event] = mine().events;
    const { feed, recType } = event?.properties ?? {};
    const report = await opened.get(name)?.send(
      [
        {
          ...outgoingEvent(1, "device"),
          eventId: String(event?.messageId),
          body: Buffer.from(JSON.stringify(event?.body)),
          properties: { ...outgoingEvent(1, "device").properties, feed: String(feed), recType: String(recType) },
        },
      ],
      new AbortController().signal,
    );
    expect(report).toMatchObject({ confirmed: [{}] });
    const again = await sinks.find((sink) => sink.name === name)?.read();
    expect(mine().prove(again ?? [])).toMatchObject({ missing: 0, unexpected: 0, repeated: 1 });
  });
});
