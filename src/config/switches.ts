// Which functions are switched on, read while the app loads: without the settings table, which would load a validator.
import { scheduleOrDefault } from "./schedule.ts";
import { DEFAULT_WEBHOOK_ROUTE, parseWebhookRoute } from "./webhook-route.ts";

export interface Switches {
  /** NCRONTAB. */
  readonly schedule: string;
  /** Present where the webhook is switched on. */
  readonly webhook?: { readonly route: string };
  readonly notify: boolean;
}

/** Never throws: a wrong setting must not keep the other functions from loading, and is reported by each run. */
export function loadSwitches(environment: Readonly<Record<string, string | undefined>>): Switches {
  const notify = isOn(environment["NOTIFY"]);
  return { schedule: scheduleOrDefault(environment), ...webhookSwitch(environment), notify };
}

function webhookSwitch(environment: Readonly<Record<string, string | undefined>>): Pick<Switches, "webhook"> {
  if (!isOn(environment["WEBHOOK"])) return {};
  const route = parseWebhookRoute(environment["WEBHOOK_ROUTE"] ?? "");
  return { webhook: { route: "value" in route ? route.value : DEFAULT_WEBHOOK_ROUTE } };
}

/** As the settings table reads it. */
function isOn(text = ""): boolean {
  return text.trim().toLowerCase() === "on";
}
