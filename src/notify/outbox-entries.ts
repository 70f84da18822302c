// What every outbox does with its entries, wherever it keeps them.
import { BridgeError } from "../errors.ts";
import { mailLimits, type Mail } from "./mail.ts";
import type { MailState, OutboxEntry, OutboxSight, Pace } from "./mail-outbox.ts";

/** Nothing happens any more to a mail in this state. */
export function hasEnded(state: MailState): state is Extract<MailState, { readonly endedAt: number }> {
  return state.kind === "succeeded" || state.kind === "failed" || state.kind === "given-up";
}

/**
 * A new entry, without its mark. Throws `MAIL_OUTBOX_FULL`; several that add at the same moment may pass the limit by as
 * many. A mail that breaks the limits of `mailLimits` is a bug of the caller.
 */
export function queuedEntry(
  id: string,
  mail: Mail,
  queuedAt: number,
  others: readonly Pick<OutboxEntry, "state">[],
  mostOpen: number,
): Omit<OutboxEntry, "mark"> {
  const { to, subject, text, html = "" } = mail;
  const fits =
    to.length > 0 &&
    to.length <= mailLimits.recipients &&
    subject.length <= mailLimits.subject &&
    text.length <= mailLimits.text &&
    html.length <= mailLimits.html;
  if (!fits) throw new Error("the mail is larger than the outbox takes, or has no recipient");
  const open = others.filter(({ state }) => !hasEnded(state)).length;
  if (open >= mostOpen) {
    throw new BridgeError("MAIL_OUTBOX_FULL", `${open} mails wait to be sent: no more is taken.`, {
      fix:
        "Send less, or raise NOTIFY_MAILS_PER_HOUR where the mail domain allows more. When nothing leaves at all, look " +
        "for the lines of the function mail: they say why.",
    });
  }
  return { id, queuedAt, recipients: to.length, mail, state: { kind: "queued", tries: 0, notBefore: 0 } };
}

export function sightOf(entries: readonly OutboxEntry[], pace: Pace): OutboxSight {
  return { entries: entries.toSorted((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1)), pace };
}
