// From app settings to the contract of pushed records; its sinks are kept open for the life of the process. Constructs, like `app.ts`.
import { randomUUID } from "node:crypto";
import type { FeedRoutes } from "./config/feed-sinks.ts";
import type { Settings } from "./config/settings.ts";
import { pushedRecords, recTypeOf } from "./microshare/pushed-records.ts";
import { openSink, type SinkSurroundings } from "./open-sink.ts";
import type { OpenState } from "./open-state.ts";
import type { Sink } from "./pipeline/ports.ts";
import { pushPermission } from "./pipeline/push-permission.ts";
import { pushRecords, type PushDeps } from "./pipeline/push.ts";
import { routeName } from "./pipeline/route-name.ts";
import type { WebhookContract } from "./webhook/contract.ts";
import { pushContract, type PushFeed } from "./webhook/push-contract.ts";

export interface OpenedPush {
  readonly contract: WebhookContract;
  close(): Promise<void>;
}

export interface PushSurroundings extends SinkSurroundings {
  readonly state: Pick<OpenState, "store" | "pushClaims">;
  /** A request waits no longer than so for a sink. */
  readonly sendLimitMs: number;
}

/** `undefined` where no feed has push. Connects to nothing yet. */
export async function openPush(
  { routes, removePersonalFields }: Pick<Settings, "routes" | "removePersonalFields">,
  around: PushSurroundings,
): Promise<OpenedPush | undefined> {
  const pushed = routes.filter(({ feed }) => feed.push === true);
  if (pushed.length === 0) return undefined;
  const { state, now, sendLimitMs } = around;
  const mayPushFrom = pushPermission({ store: state.store, monotonicNow });
  const deps = (): PushDeps => ({
    claims: state.pushClaims,
    mayPushFrom,
    now,
    monotonicNow,
    owner: randomUUID(),
    signal: AbortSignal.timeout(sendLimitMs),
  });
  const sinks = new Map<string, Sink>();
  const sinkOf = async (settings: FeedRoutes["sinks"][number]): Promise<Sink> => {
    const sink = sinks.get(settings.name) ?? (await openSink(settings, around));
    sinks.set(settings.name, sink);
    return sink;
  };
  const feeds = await Promise.all(
    pushed.map(async ({ feed, sinks: to }): Promise<PushFeed> => {
      const push: PushFeed["push"][number][] = [];
      for (const settings of to) {
        const name = routeName(feed.name, settings.name);
        const route = { name, feed: feed.name, sink: await sinkOf(settings), updates: feed.updates };
        push.push((records) => pushRecords(route, records, deps()));
      }
      const options = { ...feed, removePersonalFields };
      return { recType: feed.recType, read: (text, chosen) => pushedRecords(text, chosen, options), push };
    }),
  );
  return {
    contract: pushContract(feeds, recTypeOf),
    async close() {
      await Promise.all([...sinks.values()].map((sink) => sink.close()));
    },
  };
}

function monotonicNow(): number {
  return performance.now();
}
