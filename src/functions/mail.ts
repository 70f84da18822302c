// The functions of e-mail: a request becomes a mail in the outbox, and each minute what is in there is brought on.
import type { HttpHandler, InvocationContext, TimerHandler } from "@azure/functions";
import type { OpenNotify, WriteLine } from "../app.ts";
import type { FunctionHost } from "./register.ts";

export function registerMail(host: FunctionHost, openNotify: OpenNotify): void {
  host.http("notification", { methods: ["POST"], authLevel: "function", handler: notificationHandler(openNotify) });
  // No memory of missed ticks: what they would have done the next one does, and the memory costs calls to storage.
  host.timer("mail", { schedule: "0 * * * * *", useMonitor: false, handler: mailHandler(openNotify) });
}

function notificationHandler(openNotify: OpenNotify): HttpHandler {
  return async (request, context) => {
    const notify = await openNotify(linesTo(context));
    const { status, headers, body } = await notify.receive({
      header: (name) => request.headers.get(name),
      bytes: async () => new Uint8Array(await request.arrayBuffer()),
    });
    return { status, headers, body: JSON.stringify(body) };
  };
}

function mailHandler(openNotify: OpenNotify): TimerHandler {
  return async (_timer, context) => {
    const notify = await openNotify(linesTo(context));
    await notify.sendMails();
  };
}

function linesTo(context: InvocationContext): WriteLine {
  return (level, line) => context[level](line);
}
