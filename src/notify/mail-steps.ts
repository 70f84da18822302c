// The steps of a mail. Each notes what it found, and gives what is then to be seen in the outbox.
import { BridgeError } from "../errors.ts";
import { isAllowedRecipient, type AllowedRecipients } from "../mail-address.ts";
import { mailError } from "./mail-errors.ts";
import type { MailLog } from "./mail-log.ts";
import { outboxLimits, type MailState, type OutboxEntry, type OutboxSight, type OutboxStore } from "./mail-outbox.ts";
import { pausedFor, untilNextQuestion, waits, withSend, type MailLimits } from "./mail-pace.ts";
import type { Mailer, MailOutcome, SendStarted } from "./mailer.ts";

export interface StepDeps {
  readonly outbox: OutboxStore;
  /** Asked when there is something to do, not before. */
  readonly openMailer: () => Promise<Mailer>;
  readonly allowed: AllowedRecipients;
  readonly limits: MailLimits;
  readonly log: MailLog;
  readonly now: () => number;
}

/** So many sends of unknown outcome: where the service does not take our operation ids, each may have been a mail. */
const mostTries = 5;

/** What is so late helps nobody any more. */
export function isLate(queuedAt: number, now: number): boolean {
  return now - queuedAt >= outboxLimits.openMs;
}

export async function send(
  entry: OutboxEntry,
  { tries }: Extract<MailState, { readonly kind: "queued" }>,
  sight: OutboxSight,
  deps: StepDeps,
): Promise<OutboxSight> {
  const { outbox, log, now } = deps;
  const { mail } = entry;
  if (mail === undefined) throw new Error("a queued mail has lost its content");
  // The list may have changed since the mail was taken.
  if (!mail.to.every((address) => isAllowedRecipient(deps.allowed, address)))
    return end(entry, "failed", notAllowed(), sight, deps);
  const sending: MailState = { kind: "sending", tries: tries + 1, claimedUntil: now() + waits.claimMs };
  const claimed = await outbox.change({ ...entry, state: sending }, withSend(sight.pace, now()));
  if (claimed === undefined) return outbox.look();
  const mailer = await deps.openMailer();
  const answer = await mailer.send(mail, entry.id, AbortSignal.timeout(waits.sendMs));
  const noted = { ...sight, entries: replaced(sight.entries, claimed.entry), pace: claimed.pace };
  return noteAnswer(answer, claimed.entry, sending.tries, noted, { ...deps, log });
}

async function noteAnswer(
  answer: SendStarted,
  entry: OutboxEntry,
  tries: number,
  sight: OutboxSight,
  deps: StepDeps,
): Promise<OutboxSight> {
  const now = deps.now();
  if (answer.kind === "started") {
    const { operationId, askAfterMs } = answer;
    return noteAccepted(entry, operationId, untilNextQuestion(0, askAfterMs), sight, deps);
  }
  if (answer.kind === "refused") return end(entry, "failed", answer.error, sight, deps);
  deps.log.delayed(entry, answer.error);
  const waitMs = answer.retryAfterMs ?? (answer.kind === "not-taken" ? waits.pauseMs : 0);
  const pace = pausedFor(sight.pace, waitMs, now);
  // Not taken for certain, so it does not count as a try; else it is asked for, as after a crash.
  const state: MailState =
    answer.kind === "not-taken"
      ? { kind: "queued", tries: tries - 1, notBefore: now + waitMs }
      : { kind: "sending", tries, claimedUntil: now + Math.max(waitMs, waits.claimMs) };
  return note({ ...entry, state }, { ...sight, pace }, deps);
}

/** A send whose outcome nobody noted: its process is gone, or there was no answer. */
export async function recover(
  entry: OutboxEntry,
  { tries }: Extract<MailState, { readonly kind: "sending" }>,
  sight: OutboxSight,
  deps: StepDeps,
): Promise<OutboxSight> {
  const outcome = await askFor(entry.id, deps);
  const now = deps.now();
  if (outcome.kind === "running")
    return noteAccepted(entry, entry.id, untilNextQuestion(1, outcome.askAfterMs), sight, deps);
  if (outcome.kind === "succeeded" || outcome.kind === "failed") return noteEnd(entry, outcome, sight, deps);
  if (isLate(entry.queuedAt, now)) return giveUp(entry, sight, deps);
  if (outcome.kind === "unanswered") {
    deps.log.delayed(entry, outcome.error);
    const claimedUntil = now + Math.max(outcome.retryAfterMs ?? 0, waits.claimMs);
    return note({ ...entry, state: { kind: "sending", tries, claimedUntil } }, sight, deps);
  }
  if (tries >= mostTries) return giveUp(entry, sight, deps);
  return note({ ...entry, state: { kind: "queued", tries, notBefore: now } }, sight, deps);
}

export async function ask(
  entry: OutboxEntry,
  state: Extract<MailState, { readonly kind: "accepted" }>,
  sight: OutboxSight,
  deps: StepDeps,
): Promise<OutboxSight> {
  const outcome = await askFor(state.operationId, deps);
  if (outcome.kind === "succeeded" || outcome.kind === "failed") return noteEnd(entry, outcome, sight, deps);
  if (isLate(entry.queuedAt, deps.now())) return giveUp(entry, sight, deps);
  if (outcome.kind === "unanswered") deps.log.delayed(entry, outcome.error);
  const askAfterMs =
    outcome.kind === "running" ? outcome.askAfterMs : outcome.kind === "unanswered" ? outcome.retryAfterMs : 0;
  const asked = state.asked + 1;
  const askAt = deps.now() + untilNextQuestion(asked, askAfterMs);
  return note({ ...entry, state: { ...state, asked, askAt } }, sight, deps);
}

async function askFor(operationId: string, { openMailer }: StepDeps): Promise<MailOutcome> {
  const mailer = await openMailer();
  return mailer.outcome(operationId, AbortSignal.timeout(waits.askMs));
}

async function noteEnd(
  entry: OutboxEntry,
  outcome: Extract<MailOutcome, { readonly kind: "succeeded" | "failed" }>,
  sight: OutboxSight,
  deps: StepDeps,
): Promise<OutboxSight> {
  if (outcome.kind === "failed") return end(entry, "failed", outcome.error, sight, deps);
  return end(entry, "succeeded", undefined, sight, deps);
}

/** From now on it is never sent again: what was in it goes. */
function noteAccepted(
  entry: OutboxEntry,
  operationId: string,
  askAfterMs: number,
  sight: OutboxSight,
  deps: StepDeps,
): Promise<OutboxSight> {
  return note(
    { ...withoutMail(entry), state: { kind: "accepted", operationId, asked: 0, askAt: deps.now() + askAfterMs } },
    sight,
    deps,
  );
}

export function giveUp(entry: OutboxEntry, sight: OutboxSight, deps: StepDeps): Promise<OutboxSight> {
  const accepted = entry.state.kind === "accepted";
  const message = accepted
    ? "The mail service took the mail and did not say for a day how that ended."
    : "The mail could not be sent, or it stayed unknown whether it was.";
  const fix = accepted
    ? "Ask the recipients, or look for the operation in the portal; the mail is not sent again."
    : "The lines about this mail before say why. Send it again when that is put right and it still matters.";
  return end(entry, "given-up", new BridgeError("MAIL_GIVEN_UP", message, { fix }), sight, deps);
}

/** Logged once it is noted, by the process that noted it: every mail's end is one line. */
async function end(
  entry: OutboxEntry,
  kind: "succeeded" | "failed" | "given-up",
  error: BridgeError | undefined,
  sight: OutboxSight,
  deps: StepDeps,
): Promise<OutboxSight> {
  const endedAt = deps.now();
  const changed = await deps.outbox.change({ ...withoutMail(entry), state: { kind, endedAt } }, sight.pace);
  if (changed === undefined) return deps.outbox.look();
  deps.log.ended(entry, kind, endedAt, error);
  return { entries: replaced(sight.entries, changed.entry), pace: changed.pace };
}

/** The sight after the change; what somebody else changed meanwhile is looked at anew. */
async function note(entry: OutboxEntry, { entries, pace }: OutboxSight, { outbox }: StepDeps): Promise<OutboxSight> {
  const changed = await outbox.change(entry, pace);
  if (changed === undefined) return outbox.look();
  return { entries: replaced(entries, changed.entry), pace: changed.pace };
}

function withoutMail(entry: OutboxEntry): OutboxEntry {
  const { mail: _, ...rest } = entry;
  return rest;
}

function replaced(entries: readonly OutboxEntry[], entry: OutboxEntry): readonly OutboxEntry[] {
  return entries.map((one) => (one.id === entry.id ? entry : one));
}

function notAllowed(): BridgeError {
  return mailError("MAIL_REFUSED", "a recipient is not in NOTIFY_ALLOWED_RECIPIENTS");
}
