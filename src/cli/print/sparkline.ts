// Numbers over time in one line of text.

/** One character a number, higher for more; a dot where there is none. */
export function sparkline(values: readonly (number | null)[]): string {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  return values
    .map((value) => {
      if (value === null) return "·";
      if (value === 0) return BARS[0];
      return BARS[1 + Math.min(BARS.length - 2, Math.floor((value / most) * (BARS.length - 1.001)))];
    })
    .join("");
}

/** The first one is nothing at all. */
const BARS = "_▁▂▃▄▅▆▇█";
