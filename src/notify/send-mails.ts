// The way of a mail: queued, sending, accepted, and then succeeded, failed or given up. One call brings every mail on as far as it can.
import { outboxLimits, type OutboxEntry, type OutboxSight } from "./mail-outbox.ts";
import { maySend } from "./mail-pace.ts";
import { ask, giveUp, isLate, recover, send, type StepDeps } from "./mail-steps.ts";
import { hasEnded } from "./outbox-entries.ts";

export interface SendDeps extends StepDeps {
  readonly hasTimeLeft: () => boolean;
}

/**
 * Sends what is queued, within the limits, and follows what was sent. A mail is noted as being sent before the service is
 * called, under an operation id that never changes: after a crash that operation is asked for before anything is sent
 * again. With nothing to do it costs one call to the store. Throws the errors of the state table; what could not be noted
 * is found again by the next call.
 */
export async function sendMails(deps: SendDeps): Promise<void> {
  let sight = await deps.outbox.look();
  const done = new Set<string>();
  while (deps.hasTimeLeft()) {
    const entry = sight.entries.find((one) => !done.has(stepKey(one)) && isDue(one, sight, deps));
    if (entry === undefined) break;
    done.add(stepKey(entry));
    sight = await step(entry, sight, deps);
  }
  const now = deps.now();
  const ended = sight.entries.filter(({ state }) => hasEnded(state)).toReversed();
  const old = ended.filter(({ state }, place) => place >= outboxLimits.ended || isOld(state, now));
  if (old.length > 0) await deps.outbox.remove(old.map(({ id }) => id));
}

/** Each step of each mail is tried once in a call. */
function stepKey({ id, state }: OutboxEntry): string {
  return `${id} ${state.kind}`;
}

function isDue({ state, queuedAt }: OutboxEntry, { pace }: OutboxSight, { limits, now }: SendDeps): boolean {
  const at = now();
  if (state.kind === "queued") return isLate(queuedAt, at) || (state.notBefore <= at && maySend(pace, limits, at));
  if (state.kind === "sending") return state.claimedUntil <= at;
  return state.kind === "accepted" && state.askAt <= at;
}

function step(entry: OutboxEntry, sight: OutboxSight, deps: SendDeps): Promise<OutboxSight> {
  const { state } = entry;
  if (state.kind === "queued")
    return isLate(entry.queuedAt, deps.now()) ? giveUp(entry, sight, deps) : send(entry, state, sight, deps);
  if (state.kind === "sending") return recover(entry, state, sight, deps);
  if (state.kind === "accepted") return ask(entry, state, sight, deps);
  throw new Error(`nothing is to be done for a mail that is ${state.kind}`);
}

function isOld(state: OutboxEntry["state"], now: number): boolean {
  return hasEnded(state) && now - state.endedAt > outboxLimits.endedMs;
}
