// What must hold after every run of a simulated life, and at its end.
import type { RunResult } from "../../src/pipeline/forward-all.ts";
import { equationHolds } from "../../src/pipeline/totals.ts";
import { count, type Life } from "./life.ts";
import type { Process } from "./scheduler.ts";
import { textOf } from "./text-of.ts";
import { MINUTE, SETTLE_DELAY, type Place, type WorldRecord } from "./world.ts";

/** What one run says of itself. */
export function checkRun(process: Process, result: RunResult, life: Life): void {
  life.runs += 1;
  const { world, violations } = life;
  for (const { error } of result.bugs) violations.push(`bug: ${process.name}: ${textOf(error)}`);
  const isOver = result.outcomes.length > 0 && result.outcomes.every(({ kind }) => kind === "caught-up");
  if (isOver) life.caughtUp += 1;
  for (const outcome of result.outcomes) {
    const ending = outcome.kind === "blocked" ? outcome.error.code : outcome.kind;
    count(life, ending);
    if (outcome.recovered > 0) count(life, "recovered");
    if (outcome.pushed !== undefined) count(life, "pushed events read back");
    const error = outcome.kind === "blocked" ? ` ${outcome.error.code}` : "";
    const { read, delivered, alreadyDelivered } = outcome.totals;
    world.note(
      `${process.name}: ${outcome.route} ${outcome.kind}${error}, read ${read}, delivered ${delivered}, known ${alreadyDelivered}, recovered ${outcome.recovered}`,
    );
    if (!equationHolds(outcome.totals))
      violations.push(`counts: ${process.name}: ${outcome.route}: ${JSON.stringify(outcome.totals)}`);
  }
  for (const place of world.places) noRepeats(life, place, `after ${process.name}`);
}

/** The watermark never moves back and never passes what is confirmed; the ledger does not grow beyond its need. */
export async function checkState(life: Life): Promise<void> {
  for (const place of life.world.places) await checkRoute(life, place);
}

async function checkRoute(life: Life, place: Place): Promise<void> {
  const { world, violations, watermarks } = life;
  const { route } = place;
  const saved = await world.store.load(route);
  if (saved === undefined) return;
  const before = watermarks.get(route) ?? 0;
  const { watermark, nextSegment } = saved.checkpoint;
  if (watermark < before) violations.push(`watermark: ${route}: it went back from ${before} to ${watermark}`);
  if (watermark > world.scheduler.now) violations.push(`watermark: ${route}: ${watermark} is ahead of the time`);
  watermarks.set(route, watermark);
  const passed = settledIds(life, place);
  for (const record of world.records) {
    if (record.time < (life.shape.startAt ?? 0)) continue;
    if (record.time >= watermark || record.visibleAt - record.time > SETTLE_DELAY / 2) continue;
    if (!passed.has(record.eventId)) violations.push(`watermark: ${watermark} is past ${nameOf(record)}`);
  }
  let ids = 0;
  for await (const segment of world.store.readLedger(route, 0)) ids += segment.ids.byteLength / 16;
  if (ids > 2 * world.records.length + 50)
    violations.push(`ledger: it has ${ids} ids for ${world.records.length} records, ${nextSegment} segments`);
}

export function noRepeats(life: Life, { hub, readable, label }: Place, when: string): void {
  const { violations, repeatsAllowed } = life;
  const seen = new Set<string>();
  const repeated: string[] = [];
  for (const { event } of hub.partitions.flat()) {
    if (seen.has(event.eventId)) repeated.push(`${event.properties.recordKey} version ${event.properties.version}`);
    seen.add(event.eventId);
  }
  if (!readable) return;
  if (repeated.length > 0) count(life, "repeated within the bound");
  if (repeated.length > repeatsAllowed) {
    violations.push(
      `repeated: ${when} ${repeated.length} events are in the ${label === "" ? "hub" : label.trim()} twice, ${repeatsAllowed} allowed: ${repeated.slice(0, 5).join(", ")}`,
    );
  }
}

/** Everything visible was delivered or dead-lettered in every place; nothing else was. */
export function prove(life: Life): void {
  for (const place of life.world.places) proveOf(life, place);
}

function proveOf({ world, violations }: Life, { hub, route }: Place): void {
  const inHub = new Set(hub.partitions.flat().map(({ event }) => event.eventId));
  const dead = new Set(world.deadLetters.letters(route).map(({ eventId }) => eventId));
  for (const record of world.records) {
    const arrived = inHub.has(record.eventId);
    if (record.refused && !dead.has(record.eventId)) violations.push(`lost: ${nameOf(record)} is no dead letter`);
    if (!record.refused && !arrived) violations.push(`lost: ${nameOf(record)} to ${route}`);
    if (record.refused && arrived) violations.push(`refused: ${nameOf(record)} is in the hub`);
  }
}

function settledIds({ world }: Life, { hub, route }: Place): ReadonlySet<string> {
  const ids = new Set(hub.partitions.flat().map(({ event }) => event.eventId));
  for (const { eventId } of world.deadLetters.letters(route)) ids.add(eventId);
  return ids;
}

export function nameOf({ key, version, visibleAt }: WorldRecord): string {
  return `${key} version ${version} (visible from minute ${Math.round(visibleAt / MINUTE)})`;
}
