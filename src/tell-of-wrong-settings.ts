// A run that cannot begin for want of right settings is told by mail too, where those of the mails themselves are right.
import { loadMail, secretsOf, type Environment } from "./config/load-settings.ts";
import type { BridgeError } from "./errors.ts";
import { storageConnection } from "./open-state.ts";
import { openTable } from "./state/storage-clients.ts";
import { createLog, type WriteLine } from "./telemetry/log.ts";
import { createRedact } from "./telemetry/redact.ts";

/** Loads nothing and calls nothing while notices are off. What cannot be told is a line of the log. */
export async function tellOfWrongSettings(
  error: BridgeError,
  environment: Environment,
  write: WriteLine,
  now: () => number,
): Promise<void> {
  const { notices: settings, state } = loadMail(environment) ?? {};
  if (settings === undefined || state === undefined) return;
  const { createNotices } = await import("./open-notices.ts");
  const redact = createRedact(secretsOf(environment));
  const table = openTable(await storageConnection(state.storage), state.table);
  const notices = createNotices({
    settings,
    table,
    redact,
    log: createLog(write, "warn", redact),
    now,
  });
  await notices.tellOfWrongSettings(error);
}
