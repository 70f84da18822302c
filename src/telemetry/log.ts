// Log lines: a plain sentence with facts behind it as JSON, below a level, with secrets blanked out.
import type { Redact } from "./redact.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Facts of a line: JSON-compatible, names as in the glossary, units in names. */
export type LogFacts = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}

/** Takes a finished line: the Functions host, a terminal, a test. */
export type WriteLine = (level: LogLevel, line: string) => void;

/** Lines below `level` are dropped. `redact` is the last net: no caller relies on it. */
export function createLog(write: WriteLine, level: LogLevel, redact: Redact): Log {
  const log =
    (at: LogLevel) =>
    (message: string, facts: LogFacts = {}): void => {
      if (LEVELS.indexOf(at) < LEVELS.indexOf(level)) return;
      const line = Object.keys(facts).length === 0 ? message : `${message} ${JSON.stringify(facts)}`;
      write(at, redact(line));
    };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
