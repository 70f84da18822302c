// Reads the addresses of links and the audiences of tokens.
import { pathOf } from "../amqp/paths.ts";

export type Address =
  | { readonly kind: "management"; readonly path: string }
  /** A queue, or a topic to send to. */
  | { readonly kind: "entity"; readonly path: string }
  | { readonly kind: "subscription"; readonly topic: string; readonly path: string };

/** `undefined` when nothing can have this address. Names are case-insensitive and may contain slashes. */
export function parseAddress(text: string | undefined): Address | undefined {
  const path = pathOf(text ?? "");
  if (path === "") return undefined;
  if (path.endsWith("/$management")) return { kind: "management", path: path.slice(0, -"/$management".length) };
  const topic = /^(.+)\/subscriptions\/[^/]+$/.exec(path)?.[1];
  return topic === undefined ? { kind: "entity", path } : { kind: "subscription", topic, path };
}
