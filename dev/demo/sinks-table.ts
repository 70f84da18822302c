// Output of the demo with several sinks: a line per sink and run, then the proof of each.
import type { SinkProof, SinkRun } from "./all-sinks.ts";
import type { DemoSink } from "./sinks/sink.ts";

type Print = (line: string) => void;

const WIDTHS = [6, 20, 11, 7, 10, 7, 5] as const;

export function printSinksTitle(sinks: readonly DemoSink[], leftOut: readonly string[], print: Print): void {
  const names = sinks.map(({ name }) => name).join(", ");
  print(`Each hour the timer fires; from the second hour on each sink is down for an hour: ${names}.`);
  for (const line of leftOut) print(line);
  print("");
  const titles = ["time", "sink", "outcome", "read", "delivered", "known", "late"];
  print(row(titles));
  print(row(titles.map((title) => "-".repeat(title.length))));
}

export function printSinkRun({ at, sink, isDown, summaries }: SinkRun, print: Print): void {
  const sum = (name: string): string => String(summaries.reduce((total, one) => total + Number(one[name] ?? 0), 0));
  const outcomes = [...new Set(summaries.map(({ outcome }) => String(outcome)))].toSorted().join("+");
  const cells = [sum("read"), sum("delivered"), sum("alreadyDelivered"), sum("late"), isDown ? "down" : ""];
  print(row([at.toISOString().slice(11, 16), sink, outcomes, ...cells]));
}

const PROOF_WIDTHS = [20, 9, 10, 8, 11, 9, 13, 13, 8] as const;

export function printSinkProofs(proofs: readonly SinkProof[], seconds: number, print: Print): void {
  print("\nRead back from each sink, and compared with what the platform had shown:\n");
  const titles = ["sink", "produced", "delivered", "missing", "unexpected", "repeated", "out of order", "blocked runs"];
  print(row([...titles, "held up"], PROOF_WIDTHS));
  for (const proof of proofs) {
    const { produced, delivered, missing, unexpected, repeated, outOfOrder, blockedRuns, heldUp } = proof;
    const counts = [produced, delivered, missing, unexpected, repeated, outOfOrder, blockedRuns, heldUp];
    print(row([proof.sink, ...counts.map(String)], PROOF_WIDTHS));
  }
  const failed = proofs.filter(({ holds }) => !holds).map(({ sink }) => sink);
  const verdict =
    failed.length === 0
      ? "The proof holds for every sink: delivered = produced, and each was held up by its own outage alone."
      : `The proof FAILED for ${failed.join(", ")}.`;
  print(`\n${verdict} ${seconds} s`);
}

function row(cells: readonly string[], widths: readonly number[] = WIDTHS): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join(" ")
    .trimEnd();
}
