// Settings of the webhook receiver.
import { anyText, duration, oneOf, parsedBy, textLike, wholeNumber } from "./formats.ts";
import { settings } from "./setting.ts";
import { DEFAULT_WEBHOOK_ROUTE, parseWebhookRoute } from "./webhook-route.ts";

const group = "Webhook";
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const KIB = 1024;

/** Half of what the hash yields, in hexadecimal digits: shorter ones could be guessed. */
const secretText = textLike(/^.{32,}$/u, "has fewer than 32 characters");
const VAULT = "@Microsoft.KeyVault(SecretUri=https://VAULT.vault.azure.net/secrets/webhook)";

export const webhookSettings = settings({
  WEBHOOK: {
    group,
    schema: oneOf(["off", "on"]),
    default: "off",
    format: "`off` or `on`",
    example: "on",
    reason:
      "With `on` the functions `webhook` and `health` are registered (docs/webhook.md). With `off` nothing of it is loaded, and nothing listens.",
  },
  WEBHOOK_ROUTE: {
    group,
    schema: parsedBy(parseWebhookRoute),
    default: DEFAULT_WEBHOOK_ROUTE,
    format: "a path below `/api`",
    example: "hooks/orders",
    reason: "Where callers post to.",
  },
  WEBHOOK_SINK: {
    group,
    schema: anyText,
    format: "the name of a sink in `SINKS`, of kind `service-bus`, `event-hub` or `kafka`",
    example: "orders",
    reason:
      "Where messages go that belong to no feed. Without it the only sink there is. Best a queue with duplicate detection: it drops what a caller sends again.",
  },
  WEBHOOK_SECRET: {
    group,
    schema: secretText,
    format: "a random text of at least 32 characters",
    example: VAULT,
    secret: true,
    reason: "With it every request must be signed (HMAC-SHA256), beside the function key.",
  },
  WEBHOOK_SECRET_OLD: {
    group,
    schema: secretText,
    format: "the value WEBHOOK_SECRET had before",
    example: VAULT,
    secret: true,
    reason: "Is accepted too, while callers change over to a new WEBHOOK_SECRET. Remove it afterwards.",
  },
  WEBHOOK_REPLAY_WINDOW: {
    group,
    schema: duration(10 * SECOND_MS, 60 * MINUTE_MS),
    default: "PT5M",
    format: "an ISO 8601 duration, PT10S to PT1H",
    example: "PT2M",
    reason: "How far the time of a signature may be from now, before or behind: an older request is refused.",
  },
  WEBHOOK_MAX_BODY_BYTES: {
    group,
    schema: wholeNumber(KIB, 16 * KIB * KIB),
    default: String(KIB * KIB),
    format: "bytes, 1 KiB to 16 MiB",
    example: "65536",
    reason: "Largest body that is read. What the sink takes in one message may be less.",
  },
  WEBHOOK_REQUESTS_PER_MINUTE: {
    group,
    schema: wholeNumber(1, 10_000_000),
    default: "6000",
    format: "a whole number, 1 to 10,000,000",
    example: "600",
    reason:
      "What one instance takes, a minute's worth at once; more is answered with 429. Each instance counts for itself.",
  },
  WEBHOOK_IDEMPOTENCY: {
    group,
    schema: duration(10 * SECOND_MS, 24 * 60 * MINUTE_MS),
    default: "PT10M",
    format: "an ISO 8601 duration, PT10S to P1D",
    example: "PT1H",
    reason:
      "How long an instance remembers what it confirmed, to answer a repeat without sending it again. The default is the window that Service Bus gives duplicate detection.",
  },
  HOST_FUNCTION_KEY: {
    group,
    schema: secretText,
    format: "a random text of at least 32 characters",
    example: VAULT,
    secret: true,
    reason:
      "The key that callers must show where the app serves its functions itself, without the Functions host. In Azure the host has keys of its own.",
  },
});
