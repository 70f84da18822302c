// The dashboard over a bridge: what it reads, what it follows, and the server before both.
import { randomUUID } from "node:crypto";
import type { Bridge } from "../../app.ts";
import { loadSettings, secretsOf } from "../../config/load-settings.ts";
import { settingsError } from "../../config/problems.ts";
import type { Settings } from "../../config/settings.ts";
import { openTail } from "../../open-tail.ts";
import { createRedact } from "../../telemetry/redact.ts";
import type { Session } from "../session.ts";
import { showEvent } from "../tailed-event.ts";
import { createLive, type Follow, type LiveOptions } from "./live.ts";
import type { PageData } from "./page-data.ts";
import { createPartitionHistory } from "./partition-history.ts";
import { serveDashboard, type Dashboard } from "./server.ts";
import { shareReading } from "./shared-reading.ts";

export interface DashboardTerms {
  readonly address: string;
  readonly port: number;
  readonly everySeconds: number;
}

/** The page may ask a little early. */
const FRESH_SHARE = 0.5;

/** Throws `SETTINGS_INVALID`, and `WrongUse` for a port that is taken. */
export async function openDashboard(session: Session, bridge: Bridge, terms: DashboardTerms): Promise<Dashboard> {
  const environment = session.environment();
  const loaded = loadSettings(environment, session.readFiles());
  if (loaded.kind === "invalid") throw settingsError(loaded.problems);
  const { address, port, everySeconds } = terms;
  const history = createPartitionHistory();
  const now = session.world.time?.now ?? Date.now;
  async function read(): Promise<PageData> {
    // Each reading has the time of a run of its own.
    const { sinks, ...rest } = await bridge.operations(`bridge dashboard ${randomUUID()}`).overview();
    return { ...rest, everySeconds, sinks: history.note(now(), sinks) };
  }
  const report = (error: unknown): void =>
    session.note(
      `This is a bug of the bridge, please report it:\n${String(error instanceof Error ? error.stack : error)}`,
    );
  return serveDashboard({
    address,
    port,
    read: shareReading(read, everySeconds * 1000 * FRESH_SHARE, () => performance.now()),
    live: createLive({ follow: followAll(loaded.settings, session), report }),
    redact: createRedact([...secretsOf(session.world.environment), ...secretsOf(environment)]),
    report,
  });
}

/** Every event hub that has one name. One reader of each partition, in the consumer group of its sink. */
function followAll(settings: Settings, session: Session): LiveOptions["follow"] {
  const sinks = new Map(settings.routes.flatMap((one) => one.sinks).map((sink) => [sink.name, sink.target.kind]));
  const followed = [...sinks].filter(([, kind]) => kind === "event-hub").map(([name]) => name);
  if (followed.length === 0)
    return { because: "None of the sinks is a single event hub, and only those can be followed." };
  const follow: Follow = async ({ signal, onReady, onEvents }) => {
    const failed = new AbortController();
    let waiting = followed.length;
    const ready = (): void => {
      waiting -= 1;
      if (waiting === 0) onReady();
    };
    const tails = followed.map(async (sink) => {
      try {
        await openTail(settings, session.environment(), {
          sink,
          signal: AbortSignal.any([signal, failed.signal]),
          onReady: ready,
          // No bodies: the page lists what comes, and `bridge tail` shows what is in it.
          onEvents: (partition, events) =>
            onEvents(
              sink,
              events.map((event) => showEvent(partition, event, 0)),
            ),
        });
      } finally {
        failed.abort();
      }
    });
    const ended = await Promise.allSettled(tails);
    for (const end of ended) if (end.status === "rejected") throw end.reason;
  };
  return follow;
}
