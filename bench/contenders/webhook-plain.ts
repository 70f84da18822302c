// The plain way on the same adapter: one client and sender for the process, and one message sent for each request.
import { ServiceBusClient } from "@azure/service-bus";
import type { HttpFunctionOptions } from "@azure/functions";
import { serveAsInstance, webhookTask } from "../webhook-instance.ts";

const client = new ServiceBusClient(webhookTask().connectionString);
const sender = client.createSender(webhookTask().queue);

const webhook: HttpFunctionOptions = {
  methods: ["POST"],
  authLevel: "function",
  async handler(request) {
    const body: Record<string, unknown> = Object(await request.json());
    const { clientId, opportunity } = body;
    if (clientId === undefined || opportunity === undefined) return { status: 400 };
    const correlationId = request.headers.get("x-correlation-id") ?? crypto.randomUUID();
    await sender.sendMessages({
      body: { clientId, opportunity, correlationId },
      messageId: correlationId,
      contentType: "application/json",
      applicationProperties: { correlationId },
    });
    return { jsonBody: { status: "Message sent", correlationId } };
  },
};
await serveAsInstance(new Map([["webhook", webhook]]));
