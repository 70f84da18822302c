// Prints what a chaos run did and how it was judged.
import type { ChaosReport } from "./chaos.ts";

export function printChaos(report: ChaosReport, print: (line: string) => void): void {
  const columns = ["world", "kills", "unanswered", "runs", "recovered", "produced", "delivered", "missing", "repeated"];
  print(row(columns));
  print(row(columns.map((name) => "-".repeat(name.length))));
  for (const { world, kills, runs, recovered, proof } of report.worlds) {
    const unanswered = kills.filter(({ storedTransfers }) => storedTransfers > 0).length;
    const { produced, delivered, missing, repeated } = proof;
    print(row([world, kills.length, unanswered, runs, recovered, produced, delivered, missing, repeated]));
  }
  const { kills, killsBeforeAnswer, runs, recovered, produced, delivered, missing, repeated } = report;
  print(row(["in all", kills, killsBeforeAnswer, runs, recovered, produced, delivered, missing, repeated]));
  print("");
  print(`kills between transfer and answer: ${killsBeforeAnswer}, with ${report.eventsUnanswered} events stored`);
  print(`kills before the hub had stored:   ${report.killsBeforeStoring}`);
  print(`kills of a run after a kill:       ${report.killsOfRecoveries}`);
  print(`socket faults: ${list(report.socketFaults)}`);
  print(`routes ended: ${list(report.outcomes)}`);
  print(`watermarks looked at ${report.watermarkLooks} times, moved back ${report.watermarksMovedBack.length} times`);
  print(`unexpected ${report.unexpected}, out of order for their device ${report.outOfOrder}`);
  for (const problem of report.problems) print(`PROBLEM: ${problem}`);
  print(`${report.holds ? "The proof holds" : "The proof FAILED"} (seed ${report.seed}). ${report.seconds} s`);
}

function row(cells: readonly (string | number)[]): string {
  return cells
    .map((cell) => String(cell).padEnd(10))
    .join(" ")
    .trimEnd();
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}
