// Which functions are switched on, read while the app loads: without the settings table, which would load a validator.
import { scheduleOrDefault } from "./schedule.ts";

export interface Switches {
  /** NCRONTAB. */
  readonly schedule: string;
}

/** Never throws: a wrong setting must not keep the other functions from loading, and is reported by each run. */
export function loadSwitches(environment: Readonly<Record<string, string | undefined>>): Switches {
  return { schedule: scheduleOrDefault(environment) };
}
