// The HTTP functions of the webhook: one takes what callers post, one tells load balancers whether it can.
import type { HttpHandler, HttpResponseInit, InvocationContext } from "@azure/functions";
import type { WriteLine } from "../app.ts";
import type { OpenWebhook } from "../open-webhook.ts";
import type { FunctionHost } from "./register.ts";

export function registerWebhook(host: Pick<FunctionHost, "http">, route: string, open: OpenWebhook): void {
  host.http("webhook", { route, methods: ["POST"], authLevel: "function", handler: webhookHandler(open) });
  host.http("health", { route: "health", methods: ["GET"], authLevel: "anonymous", handler: healthHandler(open) });
}

function webhookHandler(open: OpenWebhook): HttpHandler {
  return async (request, context): Promise<HttpResponseInit> => {
    const webhook = await open(linesTo(context));
    const answer = await webhook.receive({
      header: (name) => request.headers.get(name),
      bytes: async () => new Uint8Array(await request.arrayBuffer()),
    });
    return responseOf(answer);
  };
}

function healthHandler(open: OpenWebhook): HttpHandler {
  return async (_request, context): Promise<HttpResponseInit> =>
    responseOf(await (await open(linesTo(context))).health());
}

type Answered = Awaited<ReturnType<Awaited<ReturnType<OpenWebhook>>["receive"]>>;

function responseOf({ status, headers = {}, body }: Answered): HttpResponseInit {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

function linesTo(context: InvocationContext): WriteLine {
  return (level, line) => context[level](line);
}
