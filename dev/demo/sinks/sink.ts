// What the demo needs of each kind of sink: settings that lead to it, a way to break it, and everything that it holds.
import type { Environment } from "../../../src/config/load-settings.ts";
import type { ProvenEvent } from "../proof.ts";

export interface DemoSink {
  /** The name in SINKS, and the kind. */
  readonly name: string;
  /** Its entry of SINKS, without name and kind. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** The app settings that the entry names. */
  readonly environment: Environment;
  /** From here on it takes nothing, until the returned function is called. */
  goDown(): () => void;
  /** Everything in it, in the order in which each of its parts holds it. */
  read(): Promise<readonly ProvenEvent[]>;
  close(): Promise<void>;
}

/** What Azure answers to senders while an entity is switched off. */
export const DISABLED = { role: "send", condition: "com.microsoft:entity-disabled" } as const;

/** Bodies as text of JSON. */
export function parsed(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body).toString("utf8"));
}
