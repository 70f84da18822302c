// npm run demo -- --mail: a request to the function `notification` becomes a mail in the mailbox of the e-mail simulator.
import { randomBytes } from "node:crypto";
import { notifyOpener } from "../../src/open-notify.ts";
import { registerFunctions } from "../../src/functions/register.ts";
import { collectFunctions } from "../../src/host/collected-functions.ts";
import { startHttpAdapter } from "../../src/host/http-adapter.ts";
import { startAzurite } from "../azurite.ts";
import { startEmailSimulator, type EmailSimulator } from "../email-simulator/index.ts";
import { fireTimer } from "./timer-host.ts";

export interface MailDemoOptions {
  readonly write: (line: string) => void;
  /** A connection string; without one the demo starts an Azurite of its own. */
  readonly storage?: string;
  /** Called while the mailbox can still be looked at; the demo ends when it resolves. */
  readonly look: (mailboxUrl: string) => Promise<void>;
}

const NOTIFICATION = {
  to_email: "operator@example.com",
  subject: "お知らせ: the bridge can write to you",
  message: "会議室のデータが届いていません。\nNo data for 3 hours from the feed <rooms> & its sensors.",
};

/** Resolves with whether the mail came as it was written, once, and the service's word for it was logged. */
export async function mailDemo({ write, look, storage }: MailDemoOptions): Promise<boolean> {
  const clock = { now: Date.UTC(2025, 2, 4, 8) };
  const [azurite, service] = await Promise.all([
    storage === undefined ? startAzurite() : undefined,
    startEmailSimulator({ now: () => clock.now, runningMs: 90_000 }),
  ]);
  const functionKey = randomBytes(24).toString("base64url");
  const functions = collectFunctions();
  const open = notifyOpener({
    environment: settings(storage ?? azurite?.connectionString ?? "", service.connectionString),
    readFiles: () => ({ functionTimeout: "00:10:00" }),
    now: () => clock.now,
  });
  registerFunctions(
    functions,
    { schedule: "0 0 * * * *", notify: true },
    { bridge: unused, webhook: unused, notify: open },
  );
  const http = await startHttpAdapter(functions.https, { port: 0, functionKey, log: () => undefined });
  try {
    write(`POST ${http.url}/api/notification`);
    const response = await fetch(`${http.url}/api/notification`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-functions-key": functionKey },
      body: JSON.stringify(NOTIFICATION),
    });
    write(`answer ${response.status} ${await response.text()}`);
    const mail = functions.timers.get("mail");
    if (mail === undefined) throw new Error("the timer is not registered");
    const lines: string[] = [];
    for (let minute = 1; minute <= 4; minute += 1) {
      clock.now += 60_000;
      const invocation = await fireTimer(mail.handler);
      if (invocation.error !== undefined) throw new Error("the timer failed", { cause: invocation.error });
      lines.push(...invocation.lines);
      for (const line of invocation.lines) write(`minute ${minute}: ${line}`);
    }
    writeMails(service, write);
    await look(service.mailboxUrl);
    return holds(service, lines);
  } finally {
    await http.close();
    await Promise.all([azurite?.close(), service.close()]);
  }
}

function holds({ mails }: EmailSimulator, lines: readonly string[]): boolean {
  const [mail] = mails;
  const { content } = mail?.message ?? {};
  const said = lines.filter((line) => line.includes("was sent off"));
  const asWritten = content?.subject === NOTIFICATION.subject && content.plainText === NOTIFICATION.message;
  return mails.length === 1 && asWritten && said.length === 1;
}

function writeMails({ mails, mailboxUrl }: EmailSimulator, write: (line: string) => void): void {
  write(`${mails.length} mail in the mailbox, ${mailboxUrl}`);
  for (const { message, status } of mails) {
    write(`  from     ${message.senderAddress}`);
    write(`  to       ${message.recipients.to.map(({ address }) => address).join(", ")}`);
    write(`  subject  ${message.content.subject}`);
    for (const line of (message.content.plainText ?? "").split("\n")) write(`  | ${line}`);
    write(`  outcome  ${status}`);
  }
}

/** The login and the hub have to be there, as in any app; nothing of this demo uses them. */
function settings(storage: string, mail: string): Readonly<Record<string, string>> {
  const secret = randomBytes(24).toString("base64");
  return {
    MICROSHARE_USERNAME: "bridge@example.com",
    MICROSHARE_PASSWORD: secret,
    MICROSHARE_API_KEY: secret,
    EVENT_HUB_CONNECTION_STRING: `Endpoint=sb://example.servicebus.windows.net/;SharedAccessKeyName=unused;SharedAccessKey=${secret};EntityPath=unused`,
    AzureWebJobsStorage: storage,
    NOTIFY: "on",
    NOTIFY_CONNECTION_STRING: mail,
    NOTIFY_SENDER: "donotreply@example.com",
    NOTIFY_ALLOWED_RECIPIENTS: "example.com",
  };
}

function unused(): Promise<never> {
  return Promise.reject(new Error("nothing else runs in this demo"));
}
