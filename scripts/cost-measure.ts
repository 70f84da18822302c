// npm run cost:measure: what a run takes with few and with many routes, against the stand-ins. `--routes 5,20` chooses.
// The figures go into scripts/cost-inputs.ts by hand, with the date.
import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { z } from "zod";
import { demoFeeds } from "../dev/demo/feeds.ts";
import { HOUR_MS, HUB, startStandIns } from "../dev/demo/stand-ins.ts";

/** What one run took, over all routes. `residentMB` is the most the process ever held so far. */
const runUse = z.object({
  outcomes: z.array(z.string()),
  wallMs: z.number(),
  cpuMs: z.number(),
  residentMB: z.number(),
  apiCalls: z.number(),
  storageCalls: z.number(),
  logLines: z.number(),
  logBytes: z.number(),
  delivered: z.number(),
  read: z.number(),
  bytesSent: z.number(),
});
export type RunUse = z.infer<typeof runUse>;

/** The first runs begin the feeds and fill the lookback; the last one is an hour like any other. */
const RUNS = 4;
const SEED = 7;

if (import.meta.main) {
  const { values } = parseArgs({ options: { routes: { type: "string", default: "5,20,100" } } });
  for (const routes of values.routes.split(",").map(Number)) {
    process.stdout.write(`${JSON.stringify({ routes, ...(await measure(routes)) })}\n`);
  }
}

/** What the last of several hourly runs took. The routes are the feeds of the demo, one of each kind in turn. */
export async function measure(routes: number): Promise<RunUse> {
  const standIns = await startStandIns(SEED);
  const { clock, azurite, microshare, hubs } = standIns;
  const feeds = demoFeeds(microshare);
  const entries = Array.from({ length: routes }, (_, index) => {
    const feed = feeds[index % feeds.length];
    return { ...feed?.settings, name: `${feed?.name}-${index}` };
  });
  const child = fork(new URL("cost-run.ts", import.meta.url), {
    env: {
      PATH: process.env["PATH"],
      MICROSHARE_USERNAME: microshare.credentials.username,
      MICROSHARE_PASSWORD: microshare.credentials.password,
      MICROSHARE_API_KEY: microshare.credentials.apiKey,
      MICROSHARE_IDENTITY: microshare.credentials.identity,
      MICROSHARE_AUTH_URL: microshare.authUrl,
      MICROSHARE_API_URL: microshare.apiUrl,
      EVENT_HUB_CONNECTION_STRING: hubs.connectionString(HUB),
      AzureWebJobsStorage: azurite.connectionString,
      FEEDS: JSON.stringify(entries),
      START_FROM: "PT6H",
    },
  });
  const failed = once(child, "exit").then(() => Promise.reject(new Error("the run failed")));
  try {
    let use: RunUse | undefined;
    for (let run = 0; run < RUNS; run += 1) {
      child.send(clock.now);
      const [answer]: unknown[] = await Promise.race([once(child, "message"), failed]);
      use = runUse.parse(answer);
      clock.now += HOUR_MS;
    }
    if (use === undefined) throw new Error("nothing was run");
    return use;
  } finally {
    failed.catch(() => undefined);
    child.kill();
    await standIns.close();
  }
}
