// After a run: takes what it tells into what is remembered, and hands the mails to the outbox.
import { BridgeError } from "../../errors.ts";
import type { Instant } from "../../pipeline/records.ts";
import type { NoticeTerms, RunReport } from "./causes.ts";
import { decide, type Notice } from "./decide.ts";
import { noticeStateText, type WaitingMail } from "./notice-state.ts";
import type { NoticeStore, SavedNotices } from "./notice-store.ts";

export interface TellDeps {
  readonly store: NoticeStore;
  readonly terms: NoticeTerms;
  /** The mail of a notice, ready to be sent. */
  write(notice: Notice): Omit<WaitingMail, "id">;
  /** A UUID. */
  newId(): string;
  /** Puts a mail into the outbox; one that is there already under this id is left as it is. */
  add(mail: WaitingMail): Promise<void>;
}

/** Rivals that save in the same moment: more in a row are odd. */
const MOST_TRIES = 5;

/**
 * Mails are saved with the state that says they are told, and only then handed over, each under an id of its own: whatever
 * ends in between, or runs beside, no mail is lost and none goes twice. One call to storage when there is nothing to
 * change. Throws a `BridgeError` when the state cannot be kept, or the outbox takes nothing: the next run goes on from there.
 */
export async function tell(report: RunReport, deps: TellDeps): Promise<void> {
  const saved = await remember(report, deps);
  if (saved.state.waiting.length === 0) return;
  const added = new Set<string>();
  try {
    for (const mail of saved.state.waiting) {
      await deps.add(mail);
      added.add(mail.id);
    }
  } finally {
    if (added.size > 0) await forget(added, saved, report.at, deps);
  }
}

async function remember(report: RunReport, deps: TellDeps): Promise<SavedNotices> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const seen = await deps.store.load();
    const { state, notices } = decide(seen.state, report, deps.terms);
    const mails = notices.map((notice) => ({ id: deps.newId(), ...deps.write(notice) }));
    const next = { ...state, waiting: [...state.waiting, ...mails] };
    // That time goes on is nothing to write.
    if (noticeStateText({ ...next, at: seen.state.at }) === noticeStateText(seen.state)) return seen;
    const revision = await deps.store.save(next, seen.revision);
    if (revision !== undefined) return { state: next, revision };
  }
  throw contended();
}

/** What the outbox has need not wait any more. A rival may have taken it over too: the ids tell. */
async function forget(
  added: ReadonlySet<string>,
  saved: SavedNotices,
  at: Instant,
  { store }: TellDeps,
): Promise<void> {
  let seen = saved;
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const waiting = seen.state.waiting.filter(({ id }) => !added.has(id));
    if (waiting.length === seen.state.waiting.length) return;
    // Those that had waited for the outbox count from now on.
    const pace = { ...seen.state.pace, at: Math.max(seen.state.pace.at, at) };
    if ((await store.save({ ...seen.state, pace, waiting }, seen.revision)) !== undefined) return;
    seen = await store.load();
  }
  throw contended();
}

function contended(): BridgeError {
  return new BridgeError("STATE_CONFLICT", "Other processes keep changing what is remembered of notices.", {
    fix: "Nothing to do when it happens once: the next run tells what this one could not.",
  });
}
