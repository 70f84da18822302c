// The page about the webhook's benchmark.
import type { Contender, Killed, WebhookFigures } from "./webhook-load.ts";

export interface WebhookReport {
  readonly measuredAt: string;
  readonly node: string;
  readonly processor: string;
  /** Whether the instances had a core for themselves. */
  readonly pinned: boolean;
  /** Work waiting for a core: above the number of cores others were at work too. */
  readonly load: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly figures: readonly WebhookFigures[];
  readonly killed: Killed;
}

export function webhookPage(report: WebhookReport): string {
  const { figures, killed, pinned } = report;
  const settings = [...new Map(figures.map((one) => [`${one.latencyMs} ${one.connections}`, one])).values()];
  return `# Benchmark of the webhook

Written by \`npm run bench:webhook -- --docs\` on ${report.measuredAt.slice(0, 10)}, with Node ${report.node} on ${report.processor}.${
    report.load > BUSY
      ? `
The machine had other work meanwhile (load ${report.load.toFixed(0)}): rates and waiting times are worse than on a quiet one, CPU for a request is what can be relied on.`
      : ""
  }

Two instances as processes of their own${pinned ? ", which have one core together" : ""}; a Service Bus emulator and the load generator ${pinned ? "have the other" : "share the machine with them"}.
${report.rounds === 1 ? "One round" : `Medians of ${report.rounds} rounds`} of ${report.seconds} s after a warm-up, in turns.
"Confirmed after" is what the emulator waits before it confirms a send; what Azure takes was not measured.

| contender | what it does |
| --- | --- |
| bridge | the webhook with all its checks, log lines and promises; requests share sends |
| plain | the usual handler on the same adapter: one client and sender for the process, one message sent for each request and waited for; no checks |
| floor | the same adapter, the body parsed, the same answer, and nothing sent: what no way of sending can beat |

Each answer of bridge and plain waits for its confirmed send. A result counts only when each acknowledged request is in the queue exactly once.

| confirmed after | connections | contender | requests/s | p50 ms | p99 ms | CPU of an instance for a request, µs | messages in one send |
| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |
${settings.flatMap((one) => (["bridge", "plain", "floor"] as const).flatMap((contender) => row(one, contender, figures))).join("\n")}

## Against the plain handler

The target is 5 times its requests at a p99 not above its own.

| confirmed after | connections | requests | p99 | CPU for a request |
| --- | ---: | ---: | ---: | ---: |
${settings.map((one) => ratio(one, figures)).join("\n")}

## An instance is killed under load

${killed.acknowledged} requests were acknowledged; ${killed.retried} tries failed when one of the two instances was killed and went to the other under the same id; the queue dropped ${killed.dropped}
repeats. Acknowledged and missing: ${killed.missing}. In the queue more than once: ${killed.repeated}.
`;
}

/** Of two cores in use by the benchmark itself. */
const BUSY = 4;

type Setting = Pick<WebhookFigures, "latencyMs" | "connections">;

function of(setting: Setting, contender: Contender, figures: readonly WebhookFigures[]) {
  const own = figures.filter(
    (one) =>
      one.latencyMs === setting.latencyMs && one.connections === setting.connections && one.contender === contender,
  );
  if (own.length === 0) return undefined;
  const pick = (value: (one: WebhookFigures) => number): number => {
    const sorted = own.map(value).toSorted((one, other) => one - other);
    return sorted[sorted.length >> 1] ?? Number.NaN;
  };
  return {
    perSecond: pick((one) => one.requestsPerSecond),
    cpu: pick((one) => one.cpuMicrosPerRequest),
    p50: pick((one) => one.p50Ms),
    p99: pick((one) => one.p99Ms),
    shared: pick((one) => one.messages / one.transfers),
  };
}

function row(setting: Setting, contender: Contender, figures: readonly WebhookFigures[]): readonly string[] {
  const found = of(setting, contender, figures);
  if (found === undefined) return [];
  const { perSecond, p50, p99, cpu, shared } = found;
  const sends = contender === "floor" ? "" : shared.toFixed(1);
  return [
    `| ${setting.latencyMs} ms | ${setting.connections} | ${contender} | ${perSecond.toFixed(0)} | ${p50.toFixed(0)} | ${p99.toFixed(0)} | ${cpu.toFixed(0)} | ${sends} |`,
  ];
}

function ratio(setting: Setting, figures: readonly WebhookFigures[]): string {
  const [bridge, plain] = [of(setting, "bridge", figures), of(setting, "plain", figures)];
  if (bridge === undefined || plain === undefined) return "";
  const times = (pick: (one: NonNullable<typeof bridge>) => number): string => (pick(bridge) / pick(plain)).toFixed(2);
  return `| ${setting.latencyMs} ms | ${setting.connections} | ${times((one) => one.perSecond)} | ${times((one) => one.p99)} | ${times((one) => one.cpu)} |`;
}
