// Settings that say what of a record leaves.
import { yesOrNo } from "./formats.ts";
import { settings } from "./setting.ts";

export const privacySettings = settings({
  REMOVE_PERSONAL_FIELDS: {
    group: "Privacy",
    schema: yesOrNo,
    default: "false",
    format: "`true` or `false`",
    example: "true",
    reason:
      "Whether e-mail and IP addresses of accounts are cut out of the records, dead letters too (SECURITY.md has the list). Off, because the body of an event is the record's own bytes. Changing it repeats nothing.",
  },
});
