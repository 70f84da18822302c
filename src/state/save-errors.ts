// Why a save or a renewal was refused: another run came in between.
import { BridgeError } from "../errors.ts";
import type { LeaseSight } from "../pipeline/ports.ts";

export function saveConflict(route: string, cause?: unknown): BridgeError {
  return new BridgeError("STATE_CONFLICT", `Another run saved the progress of ${route} in between.`, {
    fix: twoRunsFix,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** `sight` is the lease as it is now. */
export function leaseLost(route: string, { owner, epoch }: LeaseSight): BridgeError {
  const now = owner === undefined ? "nobody holds it now" : `${owner} holds it now, take-over ${epoch}`;
  return new BridgeError("LEASE_LOST", `This run lost the lease of ${route}: ${now}.`, { fix: twoRunsFix });
}

const twoRunsFix =
  "Nothing to do when it happens once: the next run continues from what the other one saved. When it stays, two apps " +
  "serve the same route: stop one, or give it another STATE_TABLE.";
