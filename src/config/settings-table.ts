// Every app setting of the bridge: the one table that the loader, the README and local.settings.example.json come from.
import type * as z from "zod";
import { eventHubSettings, networkSettings, stateSettings } from "./table-azure.ts";
import { feedSettings, readingSettings } from "./table-feeds.ts";
import { microshareSettings } from "./table-microshare.ts";
import { noticeSettings } from "./table-notices.ts";
import { notifySettings } from "./table-notify.ts";
import { privacySettings } from "./table-privacy.ts";
import { runSettings } from "./table-runs.ts";
import { sinkSettings } from "./table-sinks.ts";
import { telemetrySettings } from "./table-telemetry.ts";
import { webhookSettings } from "./table-webhook.ts";

export const settingsTable = {
  ...microshareSettings,
  ...feedSettings,
  ...readingSettings,
  ...eventHubSettings,
  ...sinkSettings,
  ...stateSettings,
  ...networkSettings,
  ...runSettings,
  ...privacySettings,
  ...telemetrySettings,
  ...notifySettings,
  ...webhookSettings,
  ...noticeSettings,
};

export type SettingName = keyof typeof settingsTable;

/** Names of the settings that always have a value. */
export type DefaultedName = {
  [Name in SettingName]: (typeof settingsTable)[Name] extends { readonly default: string } ? Name : never;
}[SettingName];

export type SettingValue<Name extends SettingName> = z.output<(typeof settingsTable)[Name]["schema"]>;

export function isSettingName(text: string): text is SettingName {
  return Object.hasOwn(settingsTable, text);
}

export const settingNames: readonly SettingName[] = Object.keys(settingsTable).filter(isSettingName);
