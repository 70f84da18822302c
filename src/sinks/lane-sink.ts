// What sinks with lanes have in common: how a send is ordered, spread, bounded and reported.
import type { BridgeError } from "../errors.ts";
import type { Refusal, SendReport, Sink } from "../pipeline/ports.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";
import { createSemaphore } from "../semaphore.ts";
import { createLanes } from "./lanes.ts";
import type { SendFailure } from "./send-failure.ts";
import { tooLarge, type ConfirmedBatch, type LaneBatch } from "./send-lane.ts";
import { sendLanes, type LanesOutcome } from "./send-lanes.ts";
import { settle, type Settled, type SinkClock, type StepLimits } from "./settled-steps.ts";
import type { Pace } from "./throughput-pace.ts";
import type { Closable, ConnectionUse, SinkConnection } from "./sink-connection.ts";

/** What a sink must say of its service. */
export interface LaneDestination<Client extends Closable> {
  /** What the operator calls it: "event hub records". */
  readonly place: string;
  readonly connection: SinkConnection<Client>;
  /** All but the caller's signal. */
  readonly limits: Omit<StepLimits, "signal">;
  readonly clock: SinkClock;
  /** Lanes sent on at the same time. */
  readonly lanesAtOnce: number;
  /** Which lane an event takes; asked of the service where that decides. */
  spread(
    client: Client,
    limits: StepLimits,
    events: readonly OutgoingEvent[],
  ): Promise<Settled<(event: OutgoingEvent) => string>>;
  open(client: Client, lane: string, signal: AbortSignal): Promise<LaneBatch>;
  /** Proves the way and the right to send, without sending. */
  check(client: Client, limits: StepLimits): Promise<FailedStep | undefined>;
  explain(failed: FailedStep): BridgeError;
  /** What goes on, on a lane, in words that follow "while". */
  sendingOn(lane: string): string;
  /** With few lanes that all carry much, what fills no batch may wait for what follows. Default false. */
  readonly holdsBack?: boolean;
  readonly pace?: Pace;
  /** What goes on while `spread` asks. */
  readonly spreading: string;
  readonly onBatch?: (batch: ConfirmedBatch) => void;
}

export interface FailedStep {
  readonly failure: SendFailure;
  /** In words that follow "while": "opening partition 3". */
  readonly doing: string;
}

/**
 * Opens nothing before the first `check` or `send`.
 *
 * A lane has one batch on its way at a time, over all `send` calls. A batch whose outcome is unknown is never sent again by
 * the same call: the report's `failure` is `SINK_UNCERTAIN`, everything behind it on that lane stays unsent, and the other
 * lanes go on. Its connection is closed before anything more is sent or asked.
 *
 * With `more`, what does not fill a batch of its lane is held back where the destination has it so.
 *
 * Once the signal aborts, no batch is started; those on their way are awaited, for the limit of one step at most.
 */
export function createLaneSink<Client extends Closable>(
  destination: LaneDestination<Client>,
): Pick<Sink, "check" | "send" | "close"> & Required<Pick<Sink, "wouldRefuse">> {
  const { place, connection, clock, pace, onBatch } = destination;
  const lanes = createLanes();
  const places = createSemaphore(destination.lanesAtOnce);
  const takeTurn = createTurns();

  async function reportOf(sending: Promise<LanesOutcome>, use: ConnectionUse<Client>): Promise<SendReport> {
    const { failures, heldBack, ...settled } = await sending;
    const sent = heldBack.length === 0 ? settled : { ...settled, heldBack };
    const [worst] = failures;
    if (worst === undefined) return sent;
    // Closing it settles the fate of what was on its way, and a connection that failed is not worth another try.
    if (worst.failure.kind !== "cancelled") use.retire();
    const { failure, lane } = worst;
    return { ...sent, failure: destination.explain({ failure, doing: destination.sendingOn(lane) }) };
  }

  return {
    check: (signal) =>
      connection.use(async (use) => {
        const failed = await destination.check(use.client, { ...destination.limits, signal });
        if (failed === undefined) return;
        use.retire();
        throw destination.explain(failed);
      }),

    async send(events, signal, mayStart, more = false) {
      if (events.length === 0) return { confirmed: [], refused: [], batches: 0, bytes: 0 };
      const turn = takeTurn();
      try {
        return await connection.use(async (use) => {
          const limits = { ...destination.limits, signal, ...(mayStart && { mayStart }) };
          await turn.come;
          const laneOf = await destination.spread(use.client, limits, events);
          if (!laneOf.ok) {
            use.retire();
            return nothingSent(destination.explain({ failure: laneOf.failure, doing: destination.spreading }));
          }
          const open = (lane: string, abort: AbortSignal) => destination.open(use.client, lane, abort);
          const sending = {
            open,
            place,
            limits,
            clock,
            more: more && destination.holdsBack === true,
            ...(pace && { pace }),
            ...(onBatch && { onBatch }),
          };
          const sent = sendLanes(events, laneOf.value, sending, lanes, places);
          turn.over();
          return reportOf(sent, use);
        });
      } finally {
        turn.over();
      }
    },

    wouldRefuse: (events, signal) =>
      connection.use(async (use) => {
        const limits = { ...destination.limits, signal };
        const laneOf = await destination.spread(use.client, limits, events);
        if (!laneOf.ok) {
          use.retire();
          throw destination.explain({ failure: laneOf.failure, doing: destination.spreading });
        }
        const refused: Refusal[] = [];
        for (const event of events) {
          const lane = laneOf.value(event);
          const open = (abort: AbortSignal) => destination.open(use.client, lane, abort);
          const batch = await settle("link", open, limits, clock);
          if (!batch.ok) {
            use.retire();
            throw destination.explain({ failure: batch.failure, doing: "opening a link to send" });
          }
          const { maxBytes } = batch.value;
          if (!batch.value.tryAdd(event)) refused.push({ event, reason: tooLarge(event, maxBytes, place) });
        }
        return refused;
      }),

    close: () => connection.close(),
  };
}

function nothingSent(failure: BridgeError): SendReport {
  return { confirmed: [], refused: [], batches: 0, bytes: 0, failure };
}

/** Sends that overlap enter the lanes in the order in which they were called. */
function createTurns(): () => { readonly come: Promise<void>; readonly over: () => void } {
  let last: Promise<void> = Promise.resolve();
  return () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const come = last;
    last = promise;
    return { come, over: resolve };
  };
}
