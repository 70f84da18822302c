// A mail as the bridge sends it, and its HTML form.
import type { MailAddress } from "../mail-address.ts";

/** What of a mail the bridge takes; the service takes 10 MB and 50 recipients. */
export const mailLimits = {
  recipients: 50,
  /** UTF-16 units, as all of these. RFC 5322 asks for lines below 998 bytes, three of which a Japanese letter takes. */
  subject: 250,
  text: 20_000,
  html: 100_000,
};

export interface Mail {
  /** One at least; each as `mailAddress` gives it. */
  readonly to: readonly MailAddress[];
  /** One line. */
  readonly subject: string;
  /** Always there: some read mail without HTML. */
  readonly text: string;
  /** Safe as it stands. Without it `htmlOf` makes one of the text. */
  readonly html?: string;
}

/** The text as HTML: nothing in it is markup, its lines stay lines. */
export function htmlOf(text: string): string {
  return `<div style="white-space: pre-wrap; font-family: sans-serif">${escapeHtml(text)}</div>`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * True for text that may stand in a header of a mail: a line break or NUL would end the header and begin another one. Other
 * control characters have no business there either, nor half a character or a mark that turns the direction of writing.
 */
export function isHeaderText(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u.test(text);
}
