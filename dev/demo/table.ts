// The demo's output: a line per route and run, then the proof.
import type { Proof } from "./proof.ts";
import type { Invocation } from "./timer-host.ts";

type Print = (line: string) => void;

const COLUMNS = [
  ["time", 6],
  ["route", 20],
  ["outcome", 11],
  ["read", 7],
  ["delivered", 10],
  ["known", 7],
  ["late", 5],
  ["updates", 8],
  ["batches", 8],
  ["watermark", 21],
] as const;

export function printTitle(print: Print): void {
  print("Each hour the timer fires; the fifth hour the API is down.\n");
  print(row(COLUMNS.map(([title]) => title)));
  print(row(COLUMNS.map(([title]) => "-".repeat(title.length))));
}

export function printRun(at: Date, invocation: Invocation, print: Print): void {
  for (const summary of invocation.summaries) {
    const { route, outcome, read, delivered, alreadyDelivered, late, updates, batches, watermark } = summary;
    const known = alreadyDelivered;
    const cells = [
      at.toISOString().slice(11, 16),
      route,
      outcome,
      read,
      delivered,
      known,
      late,
      updates,
      batches,
      watermark,
    ];
    print(row(cells.map((cell) => (typeof cell === "string" || typeof cell === "number" ? String(cell) : "-"))));
  }
  if (invocation.summaries.length === 0) print(`${at.toISOString().slice(11, 16)}  ${String(invocation.error)}`);
}

export function printProof(proof: Proof, seconds: number, print: Print): void {
  print("\nRead back from the hub with the SDK's own consumer:\n");
  for (const { feed, produced, delivered, missing, repeated } of proof.feeds) {
    print(
      `  ${feed.padEnd(10)} produced ${produced}, delivered ${delivered}, missing ${missing}, repeated ${repeated}`,
    );
  }
  const { produced, delivered, missing, unexpected, repeated, outOfOrder } = proof;
  print(`\n  in all     produced ${produced}, delivered ${delivered}, missing ${missing}, unexpected ${unexpected}, `);
  print(`             repeated ${repeated}, out of order for their device ${outOfOrder}`);
  print(`\n${proof.holds ? "The proof holds: delivered = produced." : "The proof FAILED."} ${seconds} s`);
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(COLUMNS[index]?.[1] ?? 0))
    .join(" ")
    .trimEnd();
}
