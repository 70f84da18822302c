// One report of several sends that together took the events of one.
import type { SendReport } from "../pipeline/ports.ts";

/** What is confirmed, refused or held back in one is so in all; of the failures the one that matters most is told. */
export function mergeReports(reports: readonly SendReport[]): SendReport {
  const [worst] = reports.flatMap(({ failure }) => failure ?? []).toSorted((a, b) => weight(b.code) - weight(a.code));
  const heldBack = reports.flatMap((report) => report.heldBack ?? []);
  return {
    confirmed: reports.flatMap(({ confirmed }) => confirmed),
    refused: reports.flatMap(({ refused }) => refused),
    batches: reports.reduce((sum, { batches }) => sum + batches, 0),
    bytes: reports.reduce((sum, { bytes }) => sum + bytes, 0),
    ...(heldBack.length === 0 ? {} : { heldBack }),
    ...(worst === undefined ? {} : { failure: worst }),
  };
}

// What may have arrived decides what may happen next; time that is up tells least of what is wrong.
function weight(code: string): number {
  if (code === "SINK_UNCERTAIN") return 2;
  return code === "OUT_OF_TIME" ? 0 : 1;
}
