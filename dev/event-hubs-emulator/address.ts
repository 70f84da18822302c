// Reads the addresses of links and the audiences of tokens.
import { pathOf } from "../amqp/paths.ts";

export type Address =
  | { readonly kind: "token-service" }
  | { readonly kind: "management" }
  | { readonly kind: "hub"; readonly hub: string; readonly partition?: string }
  | { readonly kind: "reader"; readonly hub: string; readonly group: string; readonly partition: string };

/** `undefined` when no entity can have this address. Names are case-insensitive, as in the service. */
export function parseAddress(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  const [hub, ...rest] = pathOf(text).split("/");
  if (hub === undefined || hub === "") return undefined;
  if (hub === "$cbs") return { kind: "token-service" };
  if (hub === "$management" || rest[0] === "$management") return { kind: "management" };
  const [first, second, third, fourth] = rest;
  if (rest.length === 0) return { kind: "hub", hub };
  if (rest.length === 2 && first === "partitions" && second) return { kind: "hub", hub, partition: second };
  if (rest.length === 4 && first === "consumergroups" && third === "partitions" && second && fourth) {
    return { kind: "reader", hub, group: second, partition: fourth };
  }
  return undefined;
}
