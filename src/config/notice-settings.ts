// From the settings of automatic notices to who gets them and when, or to nothing where nobody would.
import { isAllowedRecipient, type AllowedRecipients } from "../mail-address.ts";
import { readRules } from "./notify-rules.ts";
import type { SettingProblem } from "./problems.ts";
import { meanPeriodMs } from "./schedule.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { NoticeSettings } from "./settings.ts";

/**
 * @param allowed who may be written to; undefined while NOTIFY is off, or wrong
 * @param feeds names that a rule may have
 */
export function readNotices(
  reader: SettingReader,
  allowed: AllowedRecipients | undefined,
  feeds: readonly string[],
  report: (problem: SettingProblem) => void,
): NoticeSettings | undefined {
  if (allowed === undefined) return undefined;
  const to = reader.optional("NOTIFY_TO") ?? [];
  const refused = to.filter((address) => !isAllowedRecipient(allowed, address)).length;
  if (refused > 0) {
    report({
      setting: "NOTIFY_TO",
      problem: `has ${refused === 1 ? "an address" : `${refused} addresses`} that NOTIFY_ALLOWED_RECIPIENTS does not allow`,
      fix: "Add the addresses, or their domain, to NOTIFY_ALLOWED_RECIPIENTS, or take them out of NOTIFY_TO.",
    });
    return undefined;
  }
  const coolDownMs = reader.withDefault("NOTIFY_COOL_DOWN");
  const periods = reader.withDefault("NOTIFY_QUIET_PERIODS");
  const found = readRules(reader.optional("NOTIFY_RULES"), { to, coolDownMs, allowed, feeds });
  if (to.length === 0 && found.rules.length === 0) return undefined;
  return {
    to,
    afterFailures: reader.withDefault("NOTIFY_AFTER_FAILURES"),
    coolDownMs,
    watermarkAgeMs: reader.withDefault("NOTIFY_WATERMARK_AGE"),
    ...(periods === 0 ? {} : { quietMs: periods * meanPeriodMs(reader.withDefault("POLL_SCHEDULE")) }),
    ...found,
  };
}
