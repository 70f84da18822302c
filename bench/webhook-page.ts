// The page about the webhook's benchmark.
import type { Contender, Killed, WebhookFigures } from "./webhook-load.ts";

export interface WebhookReport {
  readonly measuredAt: string;
  readonly node: string;
  readonly processor: string;
  readonly load: number;
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly figures: readonly WebhookFigures[];
  readonly killed: Killed;
}
export function webhookPage(report: WebhookReport): string {
  return JSON.stringify(report.figures);
}
export type { Contender };
