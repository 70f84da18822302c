// `$cbs`: clients put tokens here, and get claims for their connection.
import rhea from "rhea";
import type { Message } from "rhea";
import type { Peer } from "./links.ts";
import type { AmqpNamespace } from "./namespace.ts";
import { pathOf } from "./paths.ts";
import { checkToken } from "./sas.ts";

/** The reply to a put-token request. */
export function putToken(request: Message, peer: Peer, namespace: AmqpNamespace): Message {
  const properties: Record<string, unknown> = request["application_properties"] ?? {};
  if (properties["operation"] !== "put-token") return reply(request, 501, "unknown operation");
  const audience = String(properties["name"]);
  const refusal = namespace.faults.onToken(namespace.placeOf(audience));
  if (refusal !== undefined) return reply(request, 401, refusal);
  const claim = checkToken(String(request["body"]), audience, namespace.tokens);
  if (typeof claim === "string") return reply(request, 401, claim);
  peer.claims.set(pathOf(audience), claim);
  return reply(request, 202, "Accepted");
}

export function reply(
  request: Message,
  status: number,
  description: string,
  more: { readonly body?: unknown; readonly condition?: string } = {},
): Message {
  return {
    ...(request.message_id === undefined ? {} : { correlation_id: request.message_id }),
    application_properties: {
      "status-code": rhea.types.wrap_int(status),
      "status-description": description,
      ...(more.condition === undefined ? {} : { "error-condition": rhea.types.wrap_symbol(more.condition) }),
    },
    body: more.body,
  };
}
