// What an answer of the API means, by its status and, for refused queries, by its body.
import { excerptOfBody } from "./excerpt.ts";
import { askForLess } from "./failure.ts";
import type { Failure, Subject, Verdict } from "./failure.ts";
import type { HideSecrets } from "./hide-secrets.ts";
import type { HttpAnswer } from "./http-call.ts";
import { single } from "./http-call.ts";
import { parseRetryAfter } from "./http-date.ts";

/** An answer the reader may have, or the news that the token is no longer accepted. */
export type ApiVerdict = Verdict<"ok" | "unauthorised">;

export function classifyResponse(answer: HttpAnswer, subject: Subject, hideSecrets: HideSecrets): ApiVerdict {
  const { status } = answer;
  if (status === 200) return { kind: "done", value: "ok" };
  if (status === 401) return { kind: "done", value: "unauthorised" };
  const passing = classifyPassing(answer, subject, hideSecrets);
  const rejected = status >= 400 ? rejectedQuery(answer, subject, hideSecrets) : undefined;
  if (rejected !== undefined) return { kind: "give-up", failure: rejected };
  return passing ?? { kind: "give-up", failure: permanent(answer, subject, hideSecrets) };
}

/** Failures that may pass by themselves, for the API and the logins alike; `undefined` for every other status. */
export function classifyPassing(
  answer: HttpAnswer,
  subject: Subject,
  hideSecrets: HideSecrets,
): Verdict<never> | undefined {
  const { status } = answer;
  if (status !== 429 && status !== 408 && status < 500) return undefined;
  const retryAfterMs = parseRetryAfter(single(answer.headers["retry-after"]), answer.answeredAt ?? answer.receivedAt);
  const wish = retryAfterMs === undefined ? {} : { retryAfterMs };
  const excerpt = excerptOfBody(answer.body, hideSecrets);
  const failed = `${subject.host} answered ${subject.call} with status ${status}`;
  if (status === 429) {
    return {
      kind: "try-again",
      failure: {
        code: "API_THROTTLED",
        what: `${failed} (too many requests)`,
        fix: "Lower MICROSHARE_CONCURRENCY, poll less often (POLL_SCHEDULE), or ask Microshare for a higher limit.",
        excerpt,
      },
      ...wish,
    };
  }
  return {
    kind: "try-again",
    failure: {
      code: status === 408 ? "API_TIMEOUT" : "API_UNAVAILABLE",
      what: failed,
      fix: askForLess(subject, "The next run tries again."),
      excerpt,
    },
    ...wish,
  };
}

/** The platform reports a wrong query as 503 (seen), perhaps as 400 or 500: the body tells, and repeating never helps. */
function rejectedQuery(answer: HttpAnswer, subject: Subject, hideSecrets: HideSecrets): Failure | undefined {
  if (![400, 500, 503].includes(answer.status)) return undefined;
  const text = answer.body.toString("utf8");
  const excerpt = excerptOfBody(answer.body, hideSecrets);
  const unresolvable = /unresolvable property or identifier(?::\s*["'`]?([\w$.-]{1,80}))?/i.exec(text);
  if (unresolvable !== null) {
    const name = unresolvable[1] === undefined ? undefined : hideSecrets(unresolvable[1]);
    return {
      code: "VIEW_PARAMETER_MISSING",
      what:
        name === undefined
          ? "the view needs a parameter that was not sent"
          : `the view needs the parameter "${name}", which was not sent`,
      fix: `Add ${name === undefined ? "the parameter the view's query names" : `"${name}"`} to MICROSHARE_VIEW_PARAMETERS, or to "viewParameters" of this feed in FEEDS.`,
      ...(name === undefined ? { excerpt } : {}),
    };
  }
  if (!MALFORMED_QUERY.some((pattern) => pattern.test(text))) return undefined;
  return {
    code: "REQUEST_REJECTED",
    what: `the database behind ${subject.host} refused the query of ${subject.call} (status ${answer.status}): a parameter is malformed`,
    fix: 'Check MICROSHARE_DATA_CONTEXT (a JSON array such as ["people"], quotes included) and MICROSHARE_VIEW_PARAMETERS against the query of the view.',
    excerpt,
  };
}

/** MongoDB's words for a wrong query; its words for overload and time-outs ("operation exceeded time limit") are not among them. */
const MALFORMED_QUERY: readonly RegExp[] = [
  /\bneeds? (?:to be )?an? (?:array|object)\b/i,
  /\$\w{1,40}['"]?[^.\n]{0,40}\b(?:needs?|requires?|must be|has to be|expects?) /i,
  /\bJSON reader was expecting\b|\bJsonParseException\b/,
  /\b(?:BadValue|FailedToParse|TypeMismatch)\b/,
];

function permanent(answer: HttpAnswer, subject: Subject, hideSecrets: HideSecrets): Failure {
  const { status } = answer;
  const excerpt = excerptOfBody(answer.body, hideSecrets);
  if (status === 403) {
    return {
      code: "ACCESS_DENIED",
      what: `no right to ${subject.call} (status 403)`,
      fix: "Ask the owner of the data for a sharing rule with Read, Query and Execute for this account; read protected record types through a view. Check MICROSHARE_IDENTITY.",
      excerpt,
    };
  }
  if (status === 404) {
    return {
      code: "NOT_FOUND",
      what: `${subject.call} does not exist or is not shared with this account (status 404)`,
      fix: `Check MICROSHARE_VIEW_ID, MICROSHARE_VIEW_REC_TYPE and MICROSHARE_REC_TYPE of this feed, that the view is still shared with this account, and ${subject.urlSetting} (ids differ between production and development).`,
      excerpt,
    };
  }
  if (status < 300) {
    return {
      code: "RESPONSE_UNREADABLE",
      what: `${subject.host} answered ${subject.call} with status ${status} instead of 200`,
      fix: `Check ${subject.urlSetting}: this is not how the Microshare API answers.`,
    };
  }
  if (status < 400) {
    return redirected(status, answer, subject);
  }
  return {
    code: "REQUEST_REJECTED",
    what: `${subject.host} refused ${subject.call} (status ${status})`,
    fix: "Check record type, view id and parameters of this feed against the view's definition.",
    excerpt,
  };
}

/** Redirects are never followed: the Authorization header would go along to a place nobody configured. */
export function redirected(status: number, answer: HttpAnswer, subject: Subject): Failure {
  return {
    code: "REQUEST_REJECTED",
    what: `${subject.host} redirects ${subject.call} to ${hostOf(single(answer.headers["location"]), subject.host)} (status ${status}); redirects are not followed`,
    fix: `Set ${subject.urlSetting} to the address the API really has, path prefix included (https, no trailing part).`,
  };
}

/** Only the host: the rest of a redirect's address may hold a token. */
function hostOf(location: string | undefined, ownHost: string): string {
  if (location === undefined || !URL.canParse(location, `https://${ownHost}`)) return "an unknown place";
  return new URL(location, `https://${ownHost}`).host;
}
