// ISO 8601 durations of a fixed length: weeks, days, hours, minutes, seconds. Months and years have no fixed length.

export type ParsedDuration =
  | { readonly kind: "valid"; readonly ms: number }
  | { readonly kind: "invalid"; readonly problem: string };

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** Whole numbers only, so that a duration means the same however it is rounded. */
const FORM = /^P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?$/;

/** Reads `PT6H`, `P3D`, `P1DT12H`. The problem completes the sentence "SETTING ...". */
export function parseDuration(text: string): ParsedDuration {
  const parts = FORM.exec(text)?.slice(1);
  if (parts === undefined || parts.every((part) => part === undefined) || text.endsWith("T")) {
    return { kind: "invalid", problem: whyInvalid(text) };
  }
  const units = [WEEK_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS];
  const ms = units.reduce((sum, unitMs, index) => sum + Number(parts[index] ?? 0) * unitMs, 0);
  return { kind: "valid", ms };
}

/** The shortest text of a duration, to whole seconds: `P3D`, `PT24M`, `P1DT1H`. */
export function formatDuration(ms: number): string {
  const count = (unitMs: number, ofMs: number) => Math.floor((ms % ofMs) / unitMs);
  const days = Math.floor(ms / DAY_MS);
  const time = [
    [count(HOUR_MS, DAY_MS), "H"],
    [count(MINUTE_MS, HOUR_MS), "M"],
    [count(SECOND_MS, MINUTE_MS), "S"],
  ] as const;
  const timeText = time.map(([number, letter]) => (number === 0 ? "" : `${number}${letter}`)).join("");
  if (days === 0 && timeText === "") return "PT0S";
  return `P${days === 0 ? "" : `${days}D`}${timeText === "" ? "" : `T${timeText}`}`;
}

function whyInvalid(text: string): string {
  if (/^P\d+M|^P.*Y/i.test(text))
    return "uses months or years, which have no fixed length (minutes stand after a T: PT5M)";
  if (/[.,]/.test(text)) return "has a fraction, and only whole numbers are read";
  if (/^[Pp]\d+[HhSs]/.test(text)) return "lacks the T that stands before hours, minutes and seconds (PT6H)";
  if (/^\d+$/.test(text)) return "is a number without a unit";
  return "is not an ISO 8601 duration";
}
