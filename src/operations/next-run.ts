// When the timer fires: NCRONTAB as the host reads it, worked out by a cron package that reads it a little differently.
import { Cron } from "croner";

/**
 * The next times after `now`, in UTC, as the timer trigger has them. `schedule` has passed `parseSchedule`.
 * @returns milliseconds since 1970
 */
export function nextRuns(schedule: string, now: number, most: number): readonly number[] {
  // The host takes a day that both fields name, where cron takes a day that one of them names.
  const cron = new Cron(asCron(schedule), { timezone: "UTC", domAndDow: true, paused: true });
  return cron.nextRuns(most, new Date(now)).map((date) => date.getTime());
}

/** The longest time between two runs that follow each other soon: what is late is late by this measure. */
export function runPeriodMs(schedule: string, now: number): number {
  const times = nextRuns(schedule, now, RUNS_LOOKED_AT);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return Math.max(...gaps, LEAST_PERIOD_MS);
}

/** A schedule for office hours shows its nights within so many. */
const RUNS_LOOKED_AT = 100;
const LEAST_PERIOD_MS = 60_000;

/** `5/10` runs from 5 to the end of the field: written out, as cron packages do not agree on it. Five fields have no seconds. */
function asCron(schedule: string): string {
  const fields = schedule.split(/\s+/);
  const all = fields.length === 5 ? ["0", ...fields] : fields;
  return all
    .map((field, index) => {
      const last = LAST[index] ?? 59;
      return field
        .split(",")
        .map((item) => item.replace(/^(\w+)\/(\d+)$/, (_, first: string, step: string) => `${first}-${last}/${step}`))
        .join(",");
    })
    .join(" ");
}

/** Of each field: second, minute, hour, day, month, weekday. */
const LAST = [59, 59, 23, 31, 12, 6];
