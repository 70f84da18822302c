// What a feed reader noticed that did not stop it, kept until the run asks for it.
import type { BridgeError } from "../errors.ts";

export interface Warnings {
  /** The same text counts once, however often it was noticed. */
  add(warning: BridgeError): void;
  /** Everything new since it was last asked. */
  take(): readonly BridgeError[];
}

export function createWarnings(): Warnings {
  const told = new Set<string>();
  let waiting: BridgeError[] = [];
  return {
    add(warning) {
      if (told.has(warning.message)) return;
      told.add(warning.message);
      waiting.push(warning);
    },
    take() {
      const taken = waiting;
      waiting = [];
      return taken;
    },
  };
}
