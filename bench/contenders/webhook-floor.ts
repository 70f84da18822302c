// The floor of answering: the same adapter and answer, the body parsed, and nothing sent.
import type { HttpFunctionOptions } from "@azure/functions";
import { serveAsInstance } from "../webhook-instance.ts";

const webhook: HttpFunctionOptions = {
  methods: ["POST"],
  authLevel: "function",
  async handler(request) {
    const { clientId }: { readonly clientId?: unknown } = Object(await request.json());
    if (clientId === undefined) return { status: 400 };
    const correlationId = request.headers.get("x-correlation-id") ?? crypto.randomUUID();
    return { jsonBody: { status: "Message sent", correlationId } };
  },
};
await serveAsInstance(new Map([["webhook", webhook]]));
