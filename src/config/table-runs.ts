// Settings of the runs themselves: when, how long, how much memory, how talkative.
import { duration, ncrontab, oneOf, wholeNumber } from "./formats.ts";
import { DEFAULT_SCHEDULE } from "./schedule.ts";
import { settings } from "./setting.ts";

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;
const KIB = 1024;
const MIB = 1024 * KIB;

const group = "Runs";

export const runSettings = settings({
  POLL_SCHEDULE: {
    group,
    schema: ncrontab,
    default: DEFAULT_SCHEDULE,
    format: "an NCRONTAB schedule: second minute hour day month weekday, in UTC",
    example: "0 7 * * * *",
    reason: "When a run starts. An odd minute keeps clear of everybody else's polls.",
    localExample: "0 */5 * * * *",
  },
  TIME_BUDGET: {
    group,
    schema: duration(10 * SECOND_MS, DAY_MS),
    format: "an ISO 8601 duration from PT10S, below functionTimeout in host.json",
    example: "PT16M",
    reason:
      "How long one run may take; what is left over comes in the next. Without it 80 % of functionTimeout, as the host ends the whole process when that is over.",
  },
  SLICE_MAX_BYTES: {
    group,
    schema: wholeNumber(64 * KIB, 256 * MIB),
    default: String(16 * MIB),
    format: "bytes, 64 KiB to 256 MiB",
    example: "33554432",
    reason: "Records held in memory at once to be put into time order. A window with more is split.",
  },
  IN_FLIGHT_MAX_BYTES: {
    group,
    schema: wholeNumber(4 * MIB, 1024 * MIB),
    default: String(32 * MIB),
    format: "bytes, 4 MiB to 1 GiB",
    example: "67108864",
    reason:
      "Answers of the API on their way to the sinks, over all feeds: read ahead, being sent, waiting to fill a batch. When so much is, nothing more is read ahead or waits. Up to a batch of 1 MiB waits for each partition, so a hub of many partitions makes use of more.",
  },
  SEND_TIMEOUT: {
    group,
    schema: duration(2 * SECOND_MS, 60 * SECOND_MS),
    default: "PT20S",
    format: "an ISO 8601 duration, PT2S to PT1M",
    example: "PT30S",
    reason:
      "How long a send to the hub may stay unanswered before its outcome counts as unknown and is looked up in the hub.",
  },
  LEASE_TERM: {
    group,
    schema: duration(10 * SECOND_MS, 600 * SECOND_MS),
    default: "PT90S",
    format: "an ISO 8601 duration, PT10S to PT10M, at least four times `SEND_TIMEOUT`",
    example: "PT2M",
    reason:
      "How long a run that died keeps its routes to itself. The next run watches for so long that nobody renews the lease, then takes over.",
  },
  LOG_LEVEL: {
    group,
    schema: oneOf(["debug", "info", "warn", "error"]),
    default: "info",
    format: "`debug`, `info`, `warn` or `error`",
    example: "debug",
    reason: "Least severe lines that are written. The summary of a run is `info`.",
    localExample: "info",
  },
});
