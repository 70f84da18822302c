// A few words of a foreign text, fit for a message: one line, short, without secrets.
import type { HideSecrets } from "./hide-secrets.ts";

/** Long enough for an exception's first line, short enough for a log line. */
const MAX_EXCERPT_LENGTH = 200;

/** Only the beginning of a long text is cleaned, as cleaning takes time. */
const CLEANED_LENGTH = 8192;

/** A secret cut in two at the end of that part is not recognised, so what stands there is never shown. */
const UNSAFE_TAIL_LENGTH = 2048;

/** The text's beginning on one line; empty for an empty text. Secrets are hidden before anything is cut off. */
export function excerpt(text: string, hideSecrets: HideSecrets): string {
  const clean = hideSecrets(text.slice(0, CLEANED_LENGTH));
  const safe = text.length <= CLEANED_LENGTH ? clean : clean.slice(0, -UNSAFE_TAIL_LENGTH);
  const line = safe
    // Control characters would let a server forge log lines.
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  return line.length <= MAX_EXCERPT_LENGTH ? line : `${line.slice(0, MAX_EXCERPT_LENGTH)}...`;
}

/** What a body is about: the title of an HTML page, else its beginning. */
export function excerptOfBody(body: Buffer, hideSecrets: HideSecrets): string {
  const text = body.toString("utf8");
  return looksLikeHtml(text) ? `HTML page ${excerpt(htmlTitle(text), hideSecrets)}`.trim() : excerpt(text, hideSecrets);
}

export function looksLikeHtml(text: string): boolean {
  return /^\s*(?:<!doctype html|<html|<head|<body)/i.test(text);
}

/** The title in quotes, or nothing. */
export function htmlTitle(text: string): string {
  const title = /<title[^>]{0,200}>([^<]{0,500})/i.exec(text)?.[1]?.trim();
  return title === undefined || title === "" ? "" : `"${title}"`;
}
