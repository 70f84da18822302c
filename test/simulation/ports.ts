// The ports of the pipeline as one process sees them: each call takes virtual time, may fail, and may be its last.
import { BridgeError, type ErrorCode } from "../../src/errors.ts";
import type { FinishDeps } from "../../src/pipeline/backfill-finish.ts";
import type { BackfillStore } from "../../src/pipeline/backfill-ports.ts";
import type {
  CheckpointStore,
  DeadLetterStore,
  FeedSource,
  LeaseStore,
  PageRequest,
  ReadBack,
  SendReport,
  Sink,
} from "../../src/pipeline/ports.ts";
import type { PushClaims } from "../../src/pipeline/push-ports.ts";
import type { OutgoingEvent, Page } from "../../src/pipeline/records.ts";
import { deadLetterReplay } from "../../src/state/dead-letter-replay.ts";
import { partitionFor } from "../../src/sinks/partitions.ts";
import type { Process } from "./scheduler.ts";
import type { Place, World } from "./world.ts";

/** Longest time after which a transfer that was given up may still be committed. */
export const SETTLE_MS = 30_000;
const SEND_TIMEOUT_MS = 20_000;

export interface ProcessPorts {
  readonly store: CheckpointStore & LeaseStore;
  readonly deadLetters: DeadLetterStore;
  readonly claims: PushClaims;
  readonly book: BackfillStore;
  readonly letters: FinishDeps["letters"];
  /** One for each place of the world. */
  readonly sinks: readonly Sink[];
  source(options: SourceOptions): FeedSource;
}

export interface PortsShape {
  /** This process's clock minus the world's. */
  readonly skewMs: () => number;
}

export interface SourceOptions {
  readonly parts: readonly string[];
  readonly ascending: boolean;
  readonly limit: number;
  readonly pageSize: number;
  /** Longest time between two pages. */
  readonly pageMs: number;
}

export function portsOf(world: World, process: Process, shape: PortsShape): ProcessPorts {
  const { fate, scheduler } = world;
  const step = async (label: string, mostMs = 40): Promise<void> => {
    scheduler.onStep?.(`${process.name} ${label}`);
    await scheduler.wait(process, fate.of(`${process.name} ${label} takes`).between(1, mostMs));
  };
  const fails = (what: string, probability: number): boolean =>
    world.faults && fate.strikes(`${process.name} ${what}`, probability);

  /** A call to storage: it may fail before it does anything, or do it and lose the answer. */
  async function stored<Result>(label: string, work: () => Promise<Result>): Promise<Result> {
    await step(label);
    if (fails(`${label} fails`, 0.01)) throw fault("STATE_UNAVAILABLE", label);
    const result = await work();
    await step(`${label} done`);
    if (fails(`${label} loses its answer`, 0.004)) throw fault("STATE_UNAVAILABLE", `${label}, though it was done`);
    return result;
  }

  const { store: inner } = world;
  const store: CheckpointStore & LeaseStore = {
    load: (route) => stored("load", () => inner.load(route)),
    async *readLedger(route, from) {
      await stored("read ledger", async () => undefined);
      yield* inner.readLedger(route, from);
    },
    save: (...args) => stored("save", () => inner.save(...args)),
    compactLedger: (...args) => stored("compact", () => inner.compactLedger(...args)),
    recordRun: (...args) => stored("record run", () => inner.recordRun(...args)),
    pruneRuns: (...args) => stored("prune runs", () => inner.pruneRuns(...args)),
    listRuns: (...args) => stored("list runs", () => inner.listRuns(...args)),
    look: (route) => stored("look", () => inner.look(route)),
    take: (...args) => stored("take", () => inner.take(...args)),
    renew: (...args) => stored("renew", () => inner.renew(...args)),
    release: (...args) => stored("release", () => inner.release(...args)),
  };

  const deadLetters: DeadLetterStore = {
    put: (route, letter) => stored("dead letter", () => world.deadLetters.put(route, letter)),
  };

  const claims: PushClaims = {
    claim: (...args) => stored("claim", () => world.claims.claim(...args)),
    release: (...args) => stored("give back claims", () => world.claims.release(...args)),
    now: (...args) => stored("ask for the time", () => world.claims.now(...args)),
    expire: (...args) => stored("forget claims", () => world.claims.expire(...args)),
  };

  const book: BackfillStore = {
    loadBook: (route) => stored("load book", () => world.books.loadBook(route)),
    saveBook: (...args) => stored("save book", () => world.books.saveBook(...args)),
  };

  const noted = deadLetterReplay(inner, world.deadLetters);
  const letters: FinishDeps["letters"] = {
    async *listDeadLetters(route) {
      await stored("list dead letters", async () => undefined);
      yield* noted.listDeadLetters(route);
    },
    readDeadLetter: (...args) => stored("read dead letter", () => noted.readDeadLetter(...args)),
    removeDeadLetter: (...args) => stored("remove dead letter", () => noted.removeDeadLetter(...args)),
  };

  function source({ parts, ascending, limit, pageSize, pageMs }: SourceOptions): FeedSource {
    return {
      ascending,
      async parts() {
        await step("parts");
        return parts;
      },
      async *readPages(request) {
        await step("read");
        const found = visible(request);
        for (let at = 0; ; at += pageSize) {
          if (request.signal.aborted) throw fault("OUT_OF_TIME", "reading");
          if (fails("page fails", 0.01)) throw fault(fate.of(`${process.name} page`).pick(API_FAULTS), "reading");
          const last = at + pageSize >= found.length;
          const page: Page = {
            records: found.slice(at, at + pageSize),
            unreadable: [],
            filtered: 0,
            hidden: 0,
            bytes: 100 * Math.min(pageSize, found.length - at),
            answeredAt: Math.floor(scheduler.now / 1000) * 1000,
            skewMs: shape.skewMs(),
            ...(last && !ascending && found.length >= limit ? { saturated: { limit } } : {}),
          };
          yield page;
          if (last) return;
          await step("page", pageMs);
        }
      },
    };
    function visible({ part, window }: PageRequest) {
      const found = world.records
        .filter((record) => record.part === part && record.visibleAt <= scheduler.now)
        .filter(({ time }) => time >= window.from && time < window.to);
      if (ascending) return found.toSorted((one, other) => one.time - other.time);
      // A view that reached its limit works on the newest records only.
      return found.toSorted((one, other) => other.visibleAt - one.visibleAt).slice(0, limit);
    }
  }

  return {
    store,
    deadLetters,
    claims,
    book,
    letters,
    source,
    sinks: world.places.map((place) => sinkOf(world, process, place, step, fails)),
  };
}

const API_FAULTS = ["API_TIMEOUT", "API_UNAVAILABLE", "API_THROTTLED"] as const;

export function fault(code: ErrorCode, what: string): BridgeError {
  return new BridgeError(code, `simulated: ${what}`, { fix: "none" });
}

function sinkOf(
  world: World,
  process: Process,
  { hub, readable, label, down }: Place,
  stepOf: (label: string, mostMs?: number) => Promise<void>,
  failsOf: (what: string, probability: number) => boolean,
): Sink {
  const { fate, scheduler, nature } = world;
  const step = (what: string, mostMs?: number) => stepOf(`${label}${what}`, mostMs);
  const fails = (what: string, probability: number) => failsOf(`${label}${what}`, probability);
  const isDown = (): boolean => down !== undefined && scheduler.now >= down.from && scheduler.now < down.to;
  const ids = hub.partitions.map((_, id) => String(id));

  /** One batch, with whatever may happen to it. */
  async function transfer(
    partition: number,
    batch: readonly OutgoingEvent[],
    mayStart: () => boolean,
  ): Promise<BridgeError | undefined> {
    await step("link");
    if (isDown() || fails("link fails", 0.01)) return fault("SINK_UNREACHABLE", "no link");
    if (!mayStart()) return fault("OUT_OF_TIME", "may send no more");
    onTheWire(batch.length);
    await step("transfer");
    onTheWire(-batch.length);
    if (fails("transfer gets no answer", 0.03)) return lostAnswer(partition, batch);
    // From here on the batch is with the service, and the sender may die before it hears of it.
    hub.store(partition, batch);
    world.note(`${process.name}: ${batch.length} events are stored in ${label}partition ${partition}`);
    await step("acknowledge");
    return undefined;
  }

  function onTheWire(events: number): void {
    world.onTheWire.set(process.name, (world.onTheWire.get(process.name) ?? 0) + events);
  }

  async function lostAnswer(partition: number, batch: readonly OutgoingEvent[]): Promise<BridgeError> {
    const chance = fate.of(`${process.name} ${label}transfer`);
    const end = chance.pick(["stored", "lost", "late"] as const);
    world.note(`${process.name}: a transfer to partition ${partition} gets no answer: ${end}`);
    if (end === "stored") hub.store(partition, batch);
    if (end === "late") {
      scheduler.after(nature, chance.between(0, SETTLE_MS - 1000), () => hub.store(partition, batch));
    }
    await step("time-out", SEND_TIMEOUT_MS);
    return fault("SINK_UNCERTAIN", "no answer");
  }

  const readBack: ReadBack = {
    async positions() {
      await step("positions");
      if (isDown() || fails("positions fail", 0.03)) throw fault("SINK_UNREACHABLE", "positions");
      return hub.positions();
    },
    async read({ route, after, upTo, maxBytes }) {
      const found: string[] = [];
      const reached: Record<string, number> = { ...after.partitions };
      let bytes = 0;
      for (const [id, last] of Object.entries(upTo.partitions)) {
        for (let at = (reached[id] ?? -1) + 1; at <= last && bytes < maxBytes; at += 1) {
          if (at % 20 === 0) await step("read back");
          if (fails("read back fails", 0.001)) throw fault("SINK_UNREACHABLE", "reading back");
          const stored = hub.partitions[Number(id)]?.[at];
          if (stored?.event.properties.route === route) found.push(stored.event.eventId);
          bytes += 100;
          reached[id] = at;
        }
      }
      return { found, reached: { hub: upTo.hub, partitions: reached }, unknown: [] };
    },
  };

  return {
    name: "simulated",
    settleMs: SETTLE_MS,
    ...(readable ? { readBack } : {}),
    check: async () => undefined,
    close: async () => undefined,
    async send(events, signal, mayStart = () => true, more = false): Promise<SendReport> {
      const refused = events
        .filter((event) => isRefused(world, event))
        .map((event) => ({ event, reason: "too large" }));
      const accepted = events.filter((event) => !isRefused(world, event));
      const confirmed: OutgoingEvent[] = [];
      const heldBack: OutgoingEvent[] = [];
      const failures: BridgeError[] = [];
      let batches = 0;
      const groups = Map.groupBy(accepted, (event) => partitionFor(event.orderKey, ids));
      await Promise.all(
        Array.from(groups, async ([id, own]) => {
          for (let at = 0; at < own.length; at += BATCH_EVENTS) {
            if (signal.aborted || failures.some(({ code }) => code !== "SINK_UNCERTAIN")) {
              if (signal.aborted) failures.push(fault("OUT_OF_TIME", "sending"));
              return;
            }
            const batch = own.slice(at, at + BATCH_EVENTS);
            if (more && batch.length < BATCH_EVENTS) {
              heldBack.push(...batch);
              return;
            }
            const failure = await transfer(Number(id), batch, mayStart);
            if (failure !== undefined) {
              failures.push(failure);
              return;
            }
            confirmed.push(...batch);
            batches += 1;
          }
        }),
      );
      const failure = failures.find(({ code }) => code === "SINK_UNCERTAIN") ?? failures[0];
      return {
        confirmed,
        refused,
        batches,
        bytes: confirmed.length * 100,
        ...(heldBack.length === 0 ? {} : { heldBack }),
        ...(failure === undefined ? {} : { failure }),
      };
    },
  };
}

const BATCH_EVENTS = 8;

function isRefused(world: World, event: OutgoingEvent): boolean {
  return world.refusedIds.has(event.eventId);
}
