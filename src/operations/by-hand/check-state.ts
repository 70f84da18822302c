// Reads all that is saved of every route and tells what does not fit together. Changes nothing.
import { BridgeError } from "../../errors.ts";
import type { BackfillStore } from "../../pipeline/backfill-ports.ts";
import type { Route } from "../../pipeline/forward-feed.ts";
import type { Checkpoint } from "../../pipeline/ports.ts";
import { doneTo } from "../../pipeline/reading-plan.ts";
import { describeWindow, isoText } from "../../pipeline/windows.ts";
import { BYTES_PER_ID } from "../../pipeline/event-id-set.ts";
import type { DeadLetterBodies } from "../../state/dead-letter-replay.ts";
import type { OperationDeps } from "../operations.ts";

export interface Finding {
  readonly route: string;
  /** `bad` needs somebody; `note` explains itself, or passes. */
  readonly kind: "bad" | "note";
  readonly what: string;
  readonly fix: string;
}

export interface StateReport {
  readonly routes: readonly RouteState[];
  readonly findings: readonly Finding[];
}

export interface RouteState {
  readonly route: string;
  readonly watermark?: string;
  /** How far back the ledger reaches, and how many event ids it has. */
  readonly coveredFrom?: string;
  readonly ledgerIds: number;
  readonly runs: number;
  readonly deadLetters: number;
  readonly bodies: number;
}

export interface CheckStateDeps extends Pick<
  OperationDeps,
  "sight" | "routeIndex" | "letters" | "leaseTerms" | "clock"
> {
  readonly bodies: Pick<DeadLetterBodies, "list">;
  readonly book: Pick<BackfillStore, "loadBook">;
  now(): number;
}

/** Reads every row and lists every body: with many dead letters or a long ledger it takes its time. */
export async function checkState(routes: readonly Route[], deps: CheckStateDeps): Promise<StateReport> {
  const findings: Finding[] = [];
  const names = routes.map(({ name }) => name);
  const left = (await deps.routeIndex.list()).filter((name) => !names.includes(name));
  const states: RouteState[] = [];
  for (const route of names) {
    const known = routes.find(({ name }) => name === route);
    states.push(await checkRoute(route, known, deps, findings));
  }
  for (const route of left) {
    states.push(await checkRoute(route, undefined, deps, findings));
    findings.push({
      route,
      kind: "note",
      what: "it has saved progress, and the settings do not name it any more",
      fix: `Name its feed and its sink in the settings again, or delete the row ${route} of the partition _routes.`,
    });
  }
  return { routes: states, findings };
}

type Told = (kind: Finding["kind"], what: string, fix: string) => void;

async function checkRoute(
  route: string,
  settings: Route | undefined,
  deps: CheckStateDeps,
  findings: Finding[],
): Promise<RouteState> {
  const tell: Told = (kind, what, fix) => void findings.push({ route, kind, what, fix });
  const saved = await orTell(tell, () => deps.sight.load(route));
  const checkpoint = saved?.checkpoint;
  const ledger = (await orTell(tell, () => readLedger(route, deps))) ?? { ids: 0, newest: undefined };
  const runs = (await orTell(tell, () => deps.sight.listRuns(route, MOST_RUNS))) ?? [];
  const letters = await checkLetters(route, deps, tell);
  if (checkpoint === undefined) {
    const others = ledger.ids > 0 || runs.length > 0 || letters.rows > 0;
    if (saved === undefined && others && !findings.some((one) => one.route === route)) {
      tell(
        "bad",
        "there are rows of it, and no checkpoint: somebody deleted that, and the next run begins at START_FROM",
        "If that is meant, nothing has to be done: the ledger that is left still keeps what it knows from being sent again.",
      );
    }
  } else checkCheckpoint(checkpoint, settings, ledger.ids, deps.now(), tell);
  await checkLease(route, checkpoint, deps, tell);
  await checkBackfills(route, deps, tell);
  return {
    route,
    ...(checkpoint === undefined
      ? {}
      : { watermark: isoText(checkpoint.watermark), coveredFrom: isoText(checkpoint.coveredFrom) }),
    ledgerIds: ledger.ids,
    runs: runs.length,
    deadLetters: letters.rows,
    bodies: letters.bodies,
  };
}

/** More than the history keeps. */
const MOST_RUNS = 2000;

/** What cannot be read is a finding; a table that gives no answer at all ends the check. */
async function orTell<Result>(tell: Told, read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== "STATE_UNREADABLE") throw error;
    tell("bad", error.message, error.fix);
    return undefined;
  }
}

async function readLedger(route: string, { sight }: CheckStateDeps) {
  let ids = 0;
  for await (const segment of sight.readLedger(route, 0)) ids += segment.ids.byteLength / BYTES_PER_ID;
  return { ids };
}

function checkCheckpoint(
  checkpoint: Checkpoint,
  settings: Route | undefined,
  ledgerIds: number,
  now: number,
  tell: Told,
): void {
  const { watermark, coveredFrom, start, nextSegment, paused } = checkpoint;
  const parts = Object.keys(checkpoint.parts);
  const least = Math.min(...parts.map((part) => doneTo(checkpoint, part)));
  if (watermark > now + CLOCK_SLACK_MS) {
    tell(
      "bad",
      `its watermark ${isoText(watermark)} is ahead of this machine's clock`,
      "Look whether this clock, or the one of the host that ran last, is wrong. Nothing is read until then.",
    );
  }
  if (nextSegment === 0 && ledgerIds > 0) {
    tell(
      "bad",
      `its ledger has ${ledgerIds} ids, and the checkpoint knows of no segment: it was made anew after they were written`,
      "Nothing has to be done: what they know is not sent again.",
    );
  }
  if (Number.isFinite(least) && least > watermark + CLOCK_SLACK_MS) {
    tell(
      "note",
      `its parts have come to ${isoText(least)}, and the watermark stands at ${isoText(watermark)}`,
      "The next run raises it.",
    );
  }
  const back = settings === undefined ? 0 : Math.max(settings.timing.lookbackMs, settings.timing.deepLookbackMs);
  const wanted = Math.max(start, watermark - back);
  if (coveredFrom > wanted) {
    tell(
      "note",
      `its ledger covers ${describeWindow({ from: coveredFrom, to: watermark })}, less than the lookback reaches (${isoText(wanted)})`,
      "It fills up with the runs; until then the lookback goes no further back than the ledger, and repeats nothing.",
    );
  }
  if (paused !== undefined) {
    const { by, reason, since } = paused;
    tell("note", `it is paused since ${isoText(since)} by ${by}: ${reason}`, "bridge resume lets it go on.");
  }
}

const CLOCK_SLACK_MS = 60_000;

async function checkLetters(route: string, deps: CheckStateDeps, tell: Told) {
  const rows = new Set<string>();
  await orTell(tell, async () => {
    for await (const { entry } of deps.letters.listDeadLetters(route)) rows.add(entry.eventId);
  });
  const bodies = new Set<string>();
  for await (const { eventId } of deps.bodies.list(route)) bodies.add(eventId);
  const without = [...rows].filter((eventId) => !bodies.has(eventId));
  const orphans = [...bodies].filter((eventId) => !rows.has(eventId));
  if (without.length > 0) {
    tell(
      "bad",
      `${without.length} dead letters have no body any more: ${some(without)}`,
      "They cannot be replayed. bridge dead-letters drop removes their rows.",
    );
  }
  if (orphans.length > 0) {
    tell(
      "note",
      `${orphans.length} bodies of dead letters have no row: ${some(orphans)}`,
      "A run that died left them, or a removal. They go when DEAD_LETTER_RETENTION is over; the records were sent or noted again.",
    );
  }
  return { rows: rows.size, bodies: bodies.size };
}

function some(ids: readonly string[]): string {
  return `${ids.slice(0, 3).join(", ")}${ids.length > 3 ? " and more" : ""}`;
}

/** A living owner renews five times a term: one that does not in two fifths of it is taken for dead. */
async function checkLease(route: string, checkpoint: Checkpoint | undefined, deps: CheckStateDeps, tell: Told) {
  const seen = await orTell(tell, () => deps.sight.look(route));
  const sends = checkpoint?.sending !== undefined;
  if (seen === undefined || seen.free) {
    if (sends) {
      tell(
        "note",
        "its last run ended while something it had sent was not confirmed",
        "Nothing to do: the next run reads the sink back before it sends.",
      );
    }
    return;
  }
  await deps.clock.wait(2 * deps.leaseTerms.renewEveryMs + LOOK_SLACK_MS, new AbortController().signal);
  const now = await deps.sight.look(route);
  if (now.free || now.mark !== seen.mark) return;
  tell(
    "note",
    `its lease is held by ${seen.owner ?? "somebody"}, who has not renewed it: that process is dead, or stands still`,
    "Nothing to do: the next run waits for the end of the term and takes over.",
  );
}

const LOOK_SLACK_MS = 2_000;

async function checkBackfills(route: string, deps: CheckStateDeps, tell: Told): Promise<void> {
  const sight = await orTell(tell, () => deps.book.loadBook(route));
  for (const { from, to, again, by, since } of sight?.book.open ?? []) {
    const words = `--from ${isoText(from)} --to ${isoText(to)}${again ? " --again" : ""}`;
    tell(
      "note",
      `a backfill of ${describeWindow({ from, to })} is open since ${isoText(since)}, begun by ${by}`,
      `It is at work, or goes on with: bridge backfill --route ${route} ${words}.`,
    );
  }
}
