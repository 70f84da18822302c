// What the settings table says about one app setting.
import type * as z from "zod";

export type SettingGroup =
  | "Microshare account"
  | "What is read"
  | "How it is read"
  | "Event Hubs"
  | "Several sinks"
  | "State"
  | "Network"
  | "Runs"
  | "Privacy"
  | "Monitoring"
  | "Notifications"
  | "Webhook";

export interface Setting<Value = unknown> {
  readonly group: SettingGroup;
  /** From the text of the setting to its value. Problem texts complete the sentence "SETTING ..." and never hold the value. */
  readonly schema: z.ZodType<Value, string>;
  /** As text: it goes through the schema like a value from outside. */
  readonly default?: string;
  /** Format, unit and limits; completes "Set it to ...". */
  readonly format: string;
  readonly example: string;
  /** Never shown; must not have white space around it. */
  readonly secret?: true;
  /** What it is for, and why the default is what it is. */
  readonly reason: string;
  /** Its value in local.settings.json to start with; absent when the default is right for a trial. */
  readonly localExample?: string;
}

/** Keeps the types of a group of settings. */
export function settings<const Group extends Readonly<Record<string, Setting>>>(group: Group): Group {
  return group;
}

/** A value copied from the example file without being filled in: `<account e-mail>`. */
export const PLACEHOLDER = /^<[^<>]+>$/;
