// The text formats of settings, as zod schemas. Problem texts complete the sentence "SETTING ..." and never hold the value.
import * as z from "zod";
import { formatDuration, parseDuration } from "./durations.ts";
import { parseSchedule } from "./schedule.ts";
import { parseStartFrom } from "./start-from.ts";

/** How a schema says what to do, when "set it to the format" is not enough. */
export interface FixHint {
  readonly fix: string;
}

type Parsed<Value> = { readonly value: Value } | { readonly problem: string; readonly fix?: string };

/** A schema around a parser. */
export function parsedBy<Value>(parse: (text: string) => Parsed<Value>): z.ZodType<Value, string> {
  return z.string().transform((text, context) => {
    const result = parse(text);
    if ("value" in result) return result.value;
    context.addIssue({
      code: "custom",
      message: result.problem,
      ...(result.fix === undefined ? {} : { params: { fix: result.fix } satisfies FixHint }),
    });
    return z.NEVER;
  });
}

export const anyText = z.string();

/** Text of a fixed form. `problem` says what a value of another form is. */
export function textLike(form: RegExp, problem: string): z.ZodType<string, string> {
  return z.string().regex(form, problem);
}

/** One of a few words, in any case. */
export function oneOf<const Word extends string>(words: readonly Word[]): z.ZodType<Word, string> {
  return parsedBy((text) => {
    const word = words.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
    return word === undefined ? { problem: "is not one of the values it can have" } : { value: word };
  });
}

export const yesOrNo: z.ZodType<boolean, string> = oneOf(["true", "false"]).transform((word) => word === "true");

export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,15}$/, "is not a whole number")
    .transform(Number)
    .pipe(z.number().min(min, `is below ${min}`).max(max, `is above ${max}`));
}

/** Milliseconds. */
export function duration(minMs: number, maxMs: number): z.ZodType<number, string> {
  return parsedBy((text) => {
    const parsed = parseDuration(text);
    if (parsed.kind === "invalid") return { problem: parsed.problem };
    if (parsed.ms < minMs) return { problem: `is shorter than ${formatDuration(minMs)}` };
    if (parsed.ms > maxMs) return { problem: `is longer than ${formatDuration(maxMs)}` };
    return { value: parsed.ms };
  });
}

export const startFrom = parsedBy((text) => {
  const parsed = parseStartFrom(text);
  return parsed.kind === "valid" ? { value: parsed.startFrom } : { problem: parsed.problem };
});

export const ncrontab = parsedBy((text) => {
  const parsed = parseSchedule(text);
  return parsed.kind === "valid" ? { value: parsed.schedule } : { problem: parsed.problem };
});

/** Base address of a service, without a slash at the end. Plain http is for stand-ins on the same machine. */
export const baseUrl = parsedBy((text) => {
  const url = URL.parse(text);
  if (url === null) return { problem: "is not a URL" };
  if (url.username !== "" || url.password !== "") {
    return {
      problem: "holds a user name or password",
      fix: "Take them out of the URL; they have settings of their own.",
    };
  }
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(text)) {
    return { problem: "has a query or fragment", fix: "Cut the URL off before the ? or #." };
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    return {
      problem: "is not an https URL",
      fix: "Use https; plain http is only for this machine (127.0.0.1, localhost).",
    };
  }
  return { value: `${url.origin}${url.pathname}`.replace(/\/+$/, "") };
});

/** An endpoint that is only used with identity tokens, which never travel over plain http. */
export const httpsUrl = baseUrl.refine((url) => url.startsWith("https:"), "is not an https URL");

export const proxyUrl = parsedBy((text) => {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return { problem: "is not an http or https URL" };
  }
  return { value: url.href };
});

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
