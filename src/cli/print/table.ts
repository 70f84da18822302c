// Rows in columns that line up.
import { stripVTControlCharacters } from "node:util";

/** Cells may hold colours. Numbers are right-aligned where a column says so. No line ends in blanks. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { rightAligned = [] }: { readonly rightAligned?: readonly number[] } = {},
): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ""))));
  return lines
    .map((line) =>
      widths
        .map((most, column) => aligned(line[column] ?? "", most, rightAligned.includes(column)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function aligned(cell: string, most: number, right: boolean): string {
  const blanks = " ".repeat(most - width(cell));
  return right ? `${blanks}${cell}` : `${cell}${blanks}`;
}

function width(cell: string): number {
  return Array.from(stripVTControlCharacters(cell)).length;
}
