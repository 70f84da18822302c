// Settings of automatic notices: who gets them, what is worth one, and how often.
import { anyText, duration, parsedBy, wholeNumber } from "./formats.ts";
import { mailAddress } from "../mail-address.ts";
import { settings } from "./setting.ts";

const group = "Notifications";
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The outbox takes 50 recipients of a mail. */
const MOST_RECIPIENTS = 50;

export const mailAddresses = parsedBy((text) => {
  const addresses = text.split(",").map((one) => mailAddress(one.trim()));
  if (addresses.length > MOST_RECIPIENTS) return { problem: `has more than ${MOST_RECIPIENTS} addresses` };
  const right = addresses.filter((one) => one !== undefined);
  if (right.length < addresses.length) return { problem: "has an entry that is not an e-mail address" };
  return { value: [...new Set(right)] };
});

export const noticeSettings = settings({
  NOTIFY_TO: {
    group,
    schema: mailAddresses,
    format: "e-mail addresses separated by commas, each allowed by `NOTIFY_ALLOWED_RECIPIENTS`",
    example: "ops@example.com, night@example.org",
    reason:
      "Who gets automatic notices: a feed that fails, is behind, silent or incomplete, dead letters, and when it is over. Without it nobody.",
  },
  NOTIFY_AFTER_FAILURES: {
    group,
    schema: wholeNumber(1, 1000),
    default: "3",
    format: "runs, 1 to 1000",
    example: "2",
    reason:
      "So many failed runs of a route in a row are told; what passes by then is not. What only a person can mend is told at once.",
  },
  NOTIFY_COOL_DOWN: {
    group,
    schema: duration(5 * MINUTE_MS, 30 * DAY_MS),
    default: "P1D",
    format: "an ISO 8601 duration, PT5M to P30D",
    example: "PT6H",
    reason:
      "How long the same cause of the same route is not told again. What lasts is told again after it, then twice as late each time, up to a week.",
  },
  NOTIFY_WATERMARK_AGE: {
    group,
    schema: duration(5 * MINUTE_MS, 90 * DAY_MS),
    default: "PT6H",
    format: "an ISO 8601 duration, PT5M to P90D",
    example: "PT3H",
    reason: "A watermark that is older at the end of a run is told: the route is behind. Six hourly runs.",
  },
  NOTIFY_QUIET_PERIODS: {
    group,
    schema: wholeNumber(0, 10_000),
    default: "24",
    format: "runs of `POLL_SCHEDULE`, 0 to 10000; 0 for never",
    example: "72",
    reason:
      "A route that runs well for so many periods of the schedule and finds nothing new is told. A day of hourly runs; more for a house that is empty at week-ends.",
  },
  NOTIFY_RULES: {
    group,
    schema: anyText,
    format: "a JSON array of rules (see docs/notifications.md)",
    example: `[{"name":"too hot","path":"$.data.temperature","comparison":">","threshold":30}]`,
    reason:
      "Mails about the data itself: which records are worth one. A rule that cannot be used is reported and left out; it never stops data.",
  },
});
