// Sends for one route: under its lease, marked in the checkpoint, and without repeating what had arrived.
import type { LeaseKeeper } from "./lease.ts";
import type { SendReport } from "./ports.ts";
import type { PushPlan } from "./push-terms.ts";
import { readBackPushed } from "./pushed.ts";
import { markSending, recover, sendOnce, type Permission, type Recovery, type RecoveryDeps } from "./recovery.ts";
import type { OutgoingEvent } from "./records.ts";

export interface Sender {
  /**
   * What an earlier run may have sent without recording it (see `recover`), and with a plan what was pushed since
   * (`readBackPushed`). To be called before the first send.
   */
  recover(push?: PushPlan): Promise<Recovery & { readonly pushed: number }>;
  /** Resolves like `Sink.send`. Throws `LEASE_LOST` instead of sending when the lease may end before the send does. */
  send(events: readonly OutgoingEvent[], more?: boolean): Promise<SendReport>;
  /** False while something may be in the hub that neither ledger nor report knows of: the mark must then stay. */
  readonly nothingUncertain: boolean;
}

export function createSender(keeper: LeaseKeeper, sending: AbortSignal, deps: RecoveryDeps): Sender {
  let marked = false;
  let sinceMarkBytes = 0;
  let nothingUncertain = deps.progress.checkpoint.sending === undefined;
  const maySend = AbortSignal.any([sending, keeper.mayStillSend]);
  // What was read is sent in the time kept for it, when reading has to stop already.
  const whileSending: RecoveryDeps = { ...deps, signal: maySend };
  const may: Permission = { signal: maySend, mayStart: () => keeper.maySendNow() };

  return {
    get nothingUncertain() {
      return nothingUncertain;
    },
    async recover(push) {
      const { recovered } = await recover(deps);
      nothingUncertain = true;
      const pushed = push === undefined ? 0 : await readBackPushed(deps, push);
      return { recovered, pushed };
    },
    async send(events, more = false) {
      if (!marked || sinceMarkBytes > MARK_AGAIN_BYTES) {
        await markSending(whileSending);
        marked = true;
        sinceMarkBytes = 0;
      }
      keeper.assertHeld();
      const report = await sendOnce(events, may, whileSending, more);
      sinceMarkBytes += report.bytes;
      nothingUncertain = report.failure?.code !== "SINK_UNCERTAIN";
      return report;
    },
  };
}

/** A crash then leaves at most about so much to be read back, at the price of one question per partition. */
const MARK_AGAIN_BYTES = 64 * 1024 * 1024;
