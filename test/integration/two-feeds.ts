// One scenario for every kind of bad input: two feeds, something goes wrong, it is put right, and nothing is lost or repeated.
import { expect } from "vitest";
import type { MicroshareSimulator } from "../../dev/microshare-simulator/index.ts";
import type { BridgeError, ErrorCode } from "../../src/errors.ts";
import { failuresOf, MINUTE_MS, startBridge, summaryOf } from "./bridge-under-test.ts";
import type { BridgeUnderTest, BridgeUnderTestOptions, FeedEntry } from "./bridge-under-test.ts";

/** The feed that meets the bad input, and the one beside it. */
export const ROOMS = { name: "rooms", kind: "share", recType: "io.example.rooms" };
export const DOORS = { name: "doors", kind: "share", recType: "io.example.doors" };

export interface BadInput extends Omit<BridgeUnderTestOptions, "feeds"> {
  /** Takes the place of `ROOMS`. */
  readonly feed?: (microshare: MicroshareSimulator) => FeedEntry;
  /** True when the feeds have run well before it happens. Default: it meets their very first run. */
  readonly established?: boolean;
  /** True when the feed has nothing new in that run. */
  readonly quiet?: boolean;
  /** Makes it happen; returns what puts it right. */
  readonly strike: (bridge: BridgeUnderTest) => Repair | Promise<Repair>;
  readonly code: ErrorCode;
  /** What the operator is told to look at. */
  readonly fix: readonly string[];
  readonly message?: readonly string[];
  /** What the other feed does meanwhile. */
  readonly others: "go on" | "fail too";
  /** More to expect after the failed run. */
  readonly also?: (bridge: BridgeUnderTest) => void | Promise<void>;
}

export type Repair = () => void | Promise<void>;

/** After the cause was removed: what the hub held after each of two runs, and what it had to hold. */
export interface Recovery {
  readonly delivered: readonly Delivered[];
  readonly wanted: readonly Delivered[];
}

interface Delivered {
  readonly failures: readonly BridgeError[];
  readonly rooms: readonly string[];
  readonly doors: readonly string[];
}

/**
 * Without lookback, so that only a watermark that stayed where it was can bring the records back, and in simulated time,
 * so that a start that moves on with every failed attempt would lose the oldest.
 */
export async function recoverFrom(badInput: BadInput): Promise<Recovery> {
  await using bridge = await startBridge({
    ...badInput,
    feeds: (microshare) => [badInput.feed?.(microshare) ?? ROOMS, DOORS],
    settings: { LOOKBACK: "PT0S", DEEP_LOOKBACK: "PT0S", START_FROM: "PT2H", ...badInput.settings },
  });
  const rooms = addRecords(bridge, ROOMS.recType);
  const doors = addRecords(bridge, DOORS.recType);
  if (badInput.established === true) {
    expect(failuresOf(await bridge.run())).toEqual([]);
    bridge.nextHour();
    if (badInput.quiet !== true) rooms.push(...addRecords(bridge, ROOMS.recType, RECENT_MINUTES));
    doors.push(...addRecords(bridge, DOORS.recType, RECENT_MINUTES));
  }

  bridge.microshare.resetRequests();
  const repair = await badInput.strike(bridge);
  const bad = await bridge.run();
  expectFailure(bad, badInput);
  if (badInput.others === "go on") expect(keysOf(bridge, "doors")).toEqual(doors.toSorted());
  await badInput.also?.(bridge);

  await repair();
  bridge.nextHour();
  rooms.push(...addRecords(bridge, ROOMS.recType, RECENT_MINUTES));
  doors.push(...addRecords(bridge, DOORS.recType, RECENT_MINUTES));
  const delivered: Delivered[] = [];
  // The second run must bring nothing more.
  while (delivered.length < 2) {
    const run = await bridge.run();
    delivered.push({ failures: failuresOf(run), rooms: keysOf(bridge, "rooms"), doors: keysOf(bridge, "doors") });
  }
  const everything = { failures: [], rooms: rooms.toSorted(), doors: doors.toSorted() };
  return { delivered, wanted: [everything, everything] };
}

/** Spread over the two hours in which a feed begins; the oldest would be lost if the start moved. */
const FIRST_MINUTES = [115, 100, 61, 60, 30, 2];
const RECENT_MINUTES = [50, 20, 2];

/** Records of one device, so many minutes old. Returns their ids, oldest first. */
export function addRecords(bridge: BridgeUnderTest, recType: string, minutesAgo: readonly number[] = FIRST_MINUTES) {
  const now = bridge.clock.now;
  return minutesAgo.map((minutes) => bridge.microshare.add({ recType, time: now - minutes * MINUTE_MS }).id);
}

/** Record keys of everything that the hub holds of a feed, repeats and all. */
export function keysOf(bridge: BridgeUnderTest, feed: string): readonly string[] {
  return bridge
    .events(feed)
    .map(({ properties }) => String(properties["recordKey"]))
    .toSorted();
}

/** One error for each route that failed: in the thrown error, in the summary of the route, and nowhere else. */
export function expectFailure(
  run: Parameters<typeof failuresOf>[0],
  { code, fix, message = [], others }: Pick<BadInput, "code" | "fix" | "message" | "others">,
): void {
  const failures = failuresOf(run);
  const routes = others === "go on" ? ["rooms"] : ["rooms", "doors"];
  expect(failures.map((failure) => failure.code)).toEqual(routes.map(() => code));
  for (const [index, failure] of failures.entries()) {
    for (const part of fix) expect(failure.fix).toContain(part);
    for (const part of message) expect(failure.message).toContain(part);
    expect(String(run.error)).toContain(`${code}: ${failure.message} ${failure.fix}`);
    const summary = summaryOf(run, routes[index]);
    expect(summary).toMatchObject({ outcome: "blocked", error: { code, message: failure.message, fix: failure.fix } });
  }
  expect(String(run.error)).toContain(`${routes.length} of 2 routes failed`);
  expect(run.lines.filter((line) => line.includes(code))).toHaveLength(routes.length);
  if (others === "go on") expect(summaryOf(run, "doors")["outcome"]).toBe("caught-up");
}
