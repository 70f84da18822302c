// Makes the hub of one world answer late, or store late, for the length of one run.
import { setTimeout as sleep } from "node:timers/promises";
import type { EventHubsEmulator } from "../event-hubs-emulator/index.ts";
import type { Draws } from "./plan.ts";

export interface HubFaults {
  /** Resolves when the hub has received so many transfers of the run. */
  whenReceived(transfers: number): Promise<unknown>;
  /** Later transfers are answered at once; those under way keep what they were given. */
  end(): void;
}

export function delayAnswers(
  { faults }: EventHubsEmulator,
  hub: string,
  draws: Pick<Draws, "answerAfterMs" | "storedLate">,
  attempt: number,
): HubFaults {
  const storedLate = draws.storedLate(attempt);
  const held =
    storedLate &&
    faults.commitLate({ hub, times: 1, after: storedLate.transfer - 1, until: () => sleep(storedLate.storeAfterMs) });
  let answered = 0;
  const late = faults.answerLate({ hub, until: () => sleep(draws.answerAfterMs(attempt, (answered += 1))) });
  return {
    whenReceived: (transfers) => late.whenHit(transfers),
    end() {
      held?.clear();
      late.clear();
    },
  };
}
