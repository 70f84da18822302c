// Gives the typed values of checked settings.
import * as z from "zod";
import type { Setting } from "./setting.ts";
import { type DefaultedName, type SettingName, settingsTable, type SettingValue } from "./settings-table.ts";

export interface SettingReader {
  optional<Name extends SettingName>(name: Name): SettingValue<Name> | undefined;
  /** The default stands in for a wrong value too, so that the other checks can go on; the result is then not used. */
  withDefault<Name extends DefaultedName>(name: Name): SettingValue<Name>;
  /** Given from outside, right or wrong. */
  isGiven(name: SettingName): boolean;
  isWrong(name: SettingName): boolean;
}

/** The table in a form in which the compiler knows which value belongs to which name. */
const typedTable: { readonly [Name in SettingName]: Setting<SettingValue<Name>> } = settingsTable;

/** @param valid texts that were checked, without the wrong ones */
export function settingReader(valid: ReadonlyMap<SettingName, string>, wrong: ReadonlySet<SettingName>): SettingReader {
  return {
    optional(name) {
      const text = valid.get(name);
      return text === undefined ? undefined : z.parse(typedTable[name].schema, text);
    },
    withDefault(name) {
      return z.parse(typedTable[name].schema, valid.get(name) ?? settingsTable[name].default);
    },
    isGiven: (name) => valid.has(name) || wrong.has(name),
    isWrong: (name) => wrong.has(name),
  };
}
