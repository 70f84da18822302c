// Looks at everything a run needs, from the login to the last sink, and sends and keeps nothing.
import type { SettingsFiles } from "../../config/load-settings.ts";
import type { Settings } from "../../config/settings.ts";
import type { SignedInApi } from "../../microshare/api.ts";
import type { ViewDefinitions } from "../../microshare/view-definitions.ts";
import type { Route } from "../../pipeline/forward-feed.ts";
import type { Sink } from "../../pipeline/ports.ts";
import type { FeedRecord } from "../../pipeline/records.ts";
import type { StorageConnection } from "../../state/storage-clients.ts";
import type { Redact } from "../../telemetry/redact.ts";
import type { StateSight } from "../operations.ts";
import { checkAccount } from "./check-account.ts";
import { checkFeed } from "./check-feed.ts";
import { checkSink } from "./check-sink.ts";
import { checkState } from "./check-state.ts";
import { createChecklist, type Check } from "./checklist.ts";

/** What stands under the routes: for those who look at it part by part. */
export interface Under {
  readonly settings: Settings;
  readonly files: SettingsFiles;
  readonly api: SignedInApi;
  readonly definitions: ViewDefinitions;
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly connection: StorageConnection;
}

export interface DoctorDeps {
  readonly under: Under;
  readonly sight: StateSight;
  readonly redact: Redact;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Each check as it is known, and all of them in the end. What cannot be checked because something before it is wrong says
 * so. The right to write is proved with a row, a blob, a table of its own that it removes.
 */
export async function examine(
  routes: readonly Route[],
  deps: DoctorDeps,
  tell: (check: Check) => void,
): Promise<readonly Check[]> {
  const { settings, files, sinks } = deps.under;
  const list = createChecklist(tell, deps.redact);
  await list.run("settings", "settings", [], () => Promise.resolve(settingsFound(settings, files)));
  await checkAccount(list, deps);
  const largest = new Map<string, FeedRecord>();
  for (const { feed } of settings.routes) {
    const source = routes.find((route) => route.feed === feed.name)?.source;
    if (source === undefined) throw new Error(`no route reads the feed ${feed.name}`);
    const record = await checkFeed(list, feed, source, deps);
    if (record !== undefined) largest.set(feed.name, record);
  }
  await checkState(
    list,
    routes.map(({ name }) => name),
    deps,
  );
  for (const [name, sink] of sinks) {
    const users = settings.routes.filter((one) => one.sinks.some((given) => given.name === name));
    const given = users.flatMap((one) => one.sinks).find((one) => one.name === name);
    if (given === undefined) throw new Error(`no settings of the sink ${name}`);
    const records = users.flatMap(({ feed }) => largest.get(feed.name) ?? []);
    await checkSink(list, given, sink, records, deps);
  }
  return list.checks;
}

function settingsFound({ feeds, routes, timeBudgetMs }: Settings, files: SettingsFiles) {
  const sinks = new Set(routes.flatMap((one) => one.sinks.map(({ name }) => name)));
  const limit = files.functionTimeout === undefined ? "" : `, functionTimeout ${files.functionTimeout}`;
  return {
    detail: `${counted(feeds.length, "feed")}, ${counted(sinks.size, "sink")}; time budget ${timeBudgetMs / 1000} s${limit}`,
    warnings:
      files.functionTimeout === undefined
        ? [
            {
              message:
                "host.json does not say functionTimeout: the host's own default ends runs, by plan after 5 or 30 minutes",
              fix: "Set functionTimeout in host.json, above TIME_BUDGET.",
            },
          ]
        : [],
  };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
