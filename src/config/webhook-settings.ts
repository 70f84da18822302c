// From the settings of the webhook to what it needs, or to nothing when it is switched off.
import { closest } from "./near-miss.ts";
import type { SettingProblem } from "./problems.ts";
import type { SettingReader } from "./setting-reader.ts";
import type { SinkKind, SinkSettings } from "./sink-settings.ts";

/** The webhook receiver, where it is switched on. */
export interface WebhookSettings {
  /** Below `/api`, without slashes around it. */
  readonly route: string;
  readonly sink: SinkSettings;
  /** Each is accepted; empty when requests need no signature. */
  readonly secrets: readonly string[];
  readonly replayWindowMs: number;
  readonly maxBodyBytes: number;
  readonly requestsPerMinute: number;
  readonly rememberMs: number;
}

/** Those that take a message without a record type and a device. */
const KINDS: readonly SinkKind[] = ["service-bus", "event-hub", "kafka"];

/** Undefined when WEBHOOK is off, and when it reported a problem. */
export function readWebhook(
  reader: SettingReader,
  sinks: readonly SinkSettings[],
  report: (problem: SettingProblem) => void,
): WebhookSettings | undefined {
  if (reader.withDefault("WEBHOOK") === "off") return undefined;
  const secret = reader.optional("WEBHOOK_SECRET");
  const old = reader.optional("WEBHOOK_SECRET_OLD");
  if (old !== undefined && !reader.isGiven("WEBHOOK_SECRET")) {
    report({
      setting: "WEBHOOK_SECRET_OLD",
      problem: "is set without WEBHOOK_SECRET, and requests would need no signature",
      fix: "Set WEBHOOK_SECRET to the new secret, or to this one.",
    });
  }
  const sink = readSink(reader, sinks, report);
  if (sink === undefined) return undefined;
  return {
    route: reader.withDefault("WEBHOOK_ROUTE"),
    sink,
    secrets: [secret, old].filter((text) => text !== undefined),
    replayWindowMs: reader.withDefault("WEBHOOK_REPLAY_WINDOW"),
    maxBodyBytes: reader.withDefault("WEBHOOK_MAX_BODY_BYTES"),
    requestsPerMinute: reader.withDefault("WEBHOOK_REQUESTS_PER_MINUTE"),
    rememberMs: reader.withDefault("WEBHOOK_IDEMPOTENCY"),
  };
}

function readSink(
  reader: SettingReader,
  sinks: readonly SinkSettings[],
  report: (problem: SettingProblem) => void,
): SinkSettings | undefined {
  const name = reader.optional("WEBHOOK_SINK");
  const [only] = sinks;
  // What is wrong with the sinks themselves was reported already.
  if (only === undefined || reader.isWrong("WEBHOOK_SINK")) return undefined;
  const usable = sinks.filter(({ target }) => KINDS.includes(target.kind));
  const names = usable.map((one) => one.name).join(", ");
  if (name === undefined && sinks.length > 1) {
    report({
      setting: "WEBHOOK_SINK",
      problem: `is not set, and there are ${sinks.length} sinks`,
      fix: `Set WEBHOOK_SINK to the name of the sink that takes the messages of the webhook: ${names}.`,
    });
    return undefined;
  }
  const found = name === undefined ? only : sinks.find((sink) => sink.name === name);
  if (found === undefined) {
    const meant = closest(name ?? "", names.split(", "));
    report({
      setting: "WEBHOOK_SINK",
      problem: "names a sink that does not exist",
      fix: `${meant === undefined ? "" : `Did you mean "${meant}"? `}Sinks: ${names}. Others are added in SINKS.`,
    });
    return undefined;
  }
  if (usable.includes(found)) return found;
  report({
    setting: "WEBHOOK_SINK",
    problem: `would be the sink "${found.name}" of kind ${found.target.kind}, which takes records of devices only`,
    fix: `Add a sink of kind ${KINDS.join(", ")} to SINKS, and set WEBHOOK_SINK to its name.`,
  });
  return undefined;
}
