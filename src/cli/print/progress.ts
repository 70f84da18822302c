// One line on a terminal that says how far long work has come; nothing where nobody looks.
import { printable } from "./printable.ts";
import type { Output } from "../world.ts";

export interface Progress {
  /** Replaces the line. With a share from 0 to 1 there is a bar in front of it. */
  show(text: string, share?: number): void;
  /** Takes the line away: before anything else is written. */
  clear(): void;
}

export function progressOn(output: Output): Progress {
  if (output.isTTY !== true) return { show: () => {}, clear: () => {} };
  let shown = false;
  return {
    show(text, share) {
      const line = `${share === undefined ? "" : `${bar(share)} `}${printable(text)}`;
      output.write(`\r\u001b[2K${line.slice(0, (output.columns ?? 80) - 1)}`);
      shown = true;
    },
    clear() {
      if (shown) output.write("\r\u001b[2K");
      shown = false;
    },
  };
}

const BAR_WIDTH = 20;

function bar(share: number): string {
  const done = Math.round(Math.min(Math.max(share, 0), 1) * BAR_WIDTH);
  return `[${"#".repeat(done)}${"-".repeat(BAR_WIDTH - done)}] ${Math.round((done / BAR_WIDTH) * 100)}%`;
}
