// `<entity>/$management`, as far as a client needs it to look at messages without receiving them.
import rhea from "rhea";
import type { Message } from "rhea";
import { mayAskAbout } from "../amqp/claims.ts";
import { entityNotFound, unauthorized, type AmqpFault } from "../amqp/conditions.ts";
import type { Peer } from "../amqp/links.ts";
import { notImplemented } from "./conditions.ts";
import { encodeDelivery } from "./message.ts";
import { boxAt, type Namespace } from "./namespace.ts";

/** The reply to a request. Only `peek-message` is known. */
export function answerRequest(request: Message, path: string, peer: Peer, namespace: Namespace): Message {
  const operation: unknown = request["application_properties"]?.["operation"];
  if (!mayAskAbout(path, peer, namespace.tokens.now())) return refuse(request, 401, unauthorized("Listen", path));
  if (operation !== "com.microsoft:peek-message") return refuse(request, 501, notImplemented(String(operation)));
  const box = boxAt(path, namespace);
  if (box === undefined) return refuse(request, 404, entityNotFound(path));
  const asked: Readonly<Record<string, unknown>> = request["body"] ?? {};
  const from = Number(asked["from-sequence-number"] ?? 0);
  const session = asked["session-id"];
  const messages = box.messages
    .filter(({ sequenceNumber }) => sequenceNumber >= from)
    .filter(({ sessionId }) => typeof session !== "string" || sessionId === session)
    .slice(0, Number(asked["message-count"] ?? 1))
    .map((kept) => ({ message: rhea.types.wrap_binary(encodeDelivery(kept)) }));
  return messages.length === 0 ? answer(request, 204) : answer(request, 200, { messages });
}

function refuse(request: Message, status: number, { condition, description }: AmqpFault): Message {
  const failed = answer(request, status);
  return {
    ...failed,
    application_properties: {
      ...failed["application_properties"],
      statusDescription: description,
      errorCondition: rhea.types.wrap_symbol(condition),
    },
  };
}

/** Names as Service Bus spells them: Event Hubs writes `status-code`. */
function answer(request: Message, status: number, body?: unknown): Message {
  return {
    ...(request.message_id === undefined ? {} : { correlation_id: request.message_id }),
    application_properties: { statusCode: rhea.types.wrap_int(status), statusDescription: "" },
    body,
  };
}
