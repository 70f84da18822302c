// The page about the webhook's benchmark.
import type { Killed, WebhookFigures } from "./webhook-load.ts";

export interface WebhookReport {
  readonly measuredAt: string;
  readonly node: string;
  readonly processor: string;
  /** Work waiting for a core: above the number of cores others were at work too. */
  readonly load: number;
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly figures: readonly WebhookFigures[];
  readonly killed: Killed;
}

export function webhookPage(report: WebhookReport): string {
  const { figures, killed } = report;
  const latencies = [...new Set(figures.map(({ latencyMs }) => latencyMs))];
  return `# Benchmark of the webhook

Written by \`npm run bench:webhook -- --docs\` on ${report.measuredAt.slice(0, 10)}, with Node ${report.node} on ${report.processor}, where ${report.load.toFixed(0)} processes waited for a core.
Two instances as processes of their own, a Service Bus emulator as another, and the load generator share that machine. ${report.connections} connections, ${report.rounds} round(s) of ${report.seconds} s each, in turns; medians.

"plain" is a handler on the same adapter with one client and sender for the process, which sends one message for each request and waits for it. Each answer of both waits for its
confirmed send. A result counts only when each acknowledged request is in the queue exactly once.

| confirmed after | contender | requests/s | p50 ms | p99 ms | CPU of an instance for a request, µs | requests in one send |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
${latencies.flatMap((latency) => (["bridge", "plain"] as const).map((contender) => row(latency, contender, figures))).join("\n")}

${latencies.map((latency) => ratio(latency, figures)).join("\n")}

## An instance is killed under load

${killed.acknowledged} requests were acknowledged; ${killed.retried} tries failed when one of the two instances was killed and went to the other under the same id; the queue dropped ${killed.dropped}
repeats. Acknowledged and missing: ${killed.missing}. In the queue more than once: ${killed.repeated}.
`;
}

type Contender = WebhookFigures["contender"];

function of(latencyMs: number, contender: Contender, figures: readonly WebhookFigures[]) {
  const own = figures.filter((one) => one.latencyMs === latencyMs && one.contender === contender);
  const pick = (value: (one: WebhookFigures) => number): number => {
    const sorted = own.map(value).toSorted((one, other) => one - other);
    return sorted[sorted.length >> 1] ?? Number.NaN;
  };
  return {
    perSecond: pick((one) => one.requestsPerSecond),
    cpu: pick((one) => one.cpuMicrosPerRequest),
    p50: pick((one) => one.p50Ms),
    p99: pick((one) => one.p99Ms),
    shared: pick((one) => one.acknowledged / one.transfers),
  };
}

function row(latencyMs: number, contender: Contender, figures: readonly WebhookFigures[]): string {
  const { perSecond, p50, p99, cpu, shared } = of(latencyMs, contender, figures);
  return `| ${latencyMs} ms | ${contender} | ${perSecond.toFixed(0)} | ${p50.toFixed(0)} | ${p99.toFixed(0)} | ${cpu.toFixed(0)} | ${shared.toFixed(1)} |`;
}

function ratio(latencyMs: number, figures: readonly WebhookFigures[]): string {
  const [bridge, plain] = [of(latencyMs, "bridge", figures), of(latencyMs, "plain", figures)];
  const times = (bridge.perSecond / plain.perSecond).toFixed(2);
  return `- ${latencyMs} ms: ${times} times the requests of the plain handler (target: 5), p99 ${(bridge.p99 / plain.p99).toFixed(2)} of its own (target: at most 1).`;
}
