// What a process prints: standard output, standard error, the console and its warnings, from the first import on.
import { format } from "node:util";

const printed: string[] = [];

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: never[]): boolean => {
    printed.push(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("latin1"));
    return write(chunk, ...rest);
  };
}
// The test runner's console does not end in the streams of the process.
for (const level of ["debug", "log", "info", "warn", "error", "trace"] as const) {
  const write = console[level].bind(console);
  console[level] = (...args: unknown[]): void => {
    printed.push(format(...args));
    write(...args);
  };
}
process.on("warning", (warning) => void printed.push(warning.stack ?? String(warning)));

/** Everything printed since then; `mark` comes from an earlier call of `printedSoFar`. */
export function printedSince(mark: number): readonly string[] {
  return printed.slice(mark);
}

export function printedSoFar(): number {
  return printed.length;
}
