// From what was found in a page to the records of a window: placed in time, filtered, told apart.
import { BridgeError } from "../errors.ts";
import type { FeedRecord, Page, UnreadableRecord } from "../pipeline/records.ts";
import { eventIdOfBytes } from "./event-id.ts";
import { factsOf, type Found, type FoundRecord } from "./found-record.ts";
import { textAt, textsAt } from "./json-value.ts";
import { identifyTwin, type Identity } from "./record-identity.ts";
import { storedAt, type Clocks, type Placement } from "./record-time.ts";

export interface RecordRules {
  /** Feed and page, for messages. */
  readonly what: string;
  place(clocks: Clocks): Placement;
  /** Only records whose `owner.org` contains it. */
  readonly ownerFilter?: string;
  /** Names that all have to be in `data.meta.global`; empty for no filter. */
  readonly dataContext: readonly string[];
}

export type PageRecords = Pick<Page, "records" | "unreadable" | "filtered">;

/**
 * In the order found. What cannot be told apart or placed in time becomes unreadable and does not touch the rest.
 * Throws `OWNER_UNKNOWN` when an owner filter is set and no record carries an owner.
 */
export function toPageRecords(found: readonly Found[], rules: RecordRules): PageRecords {
  if (rules.ownerFilter !== undefined) refuseOwnerless(found, rules);
  const records: FeedRecord[] = [];
  const unreadable: UnreadableRecord[] = [];
  const twins = new Map<string, number>();
  let filtered = 0;
  for (const one of found) {
    const read =
      one.kind === "record" ? readRecord(one, rules, twins) : { kind: "unreadable" as const, reason: one.reason };
    switch (read.kind) {
      case "record":
        records.push(read.record);
        break;
      case "unreadable":
        unreadable.push(toUnreadable(one, read.reason));
        break;
      case "filtered":
        filtered += 1;
        break;
      case "outside":
        break;
    }
  }
  return { records, unreadable, filtered };
}

type Reading =
  | { readonly kind: "record"; readonly record: FeedRecord }
  | { readonly kind: "unreadable"; readonly reason: string }
  | { readonly kind: "filtered" }
  | { readonly kind: "outside" };

function readRecord(found: FoundRecord, rules: RecordRules, twins: Map<string, number>): Reading {
  const { clocks, identity, device } = found.facts ?? factsOf(found);
  const placement = rules.place(clocks);
  if (placement.kind === "outside") return { kind: "outside" };
  if (placement.kind === "timeless") return { kind: "unreadable", reason: "it has no time that could be read" };
  const owner = rules.ownerFilter === undefined ? undefined : ownerOf(found);
  if (rules.ownerFilter !== undefined && owner === undefined) {
    return { kind: "unreadable", reason: "it has no owner.org, which MICROSHARE_OWNER_FILTER asks for" };
  }
  if (!isWanted(found, owner, rules)) return { kind: "filtered" };
  if ("reason" in identity) return { kind: "unreadable", reason: identity.reason };
  const stored = storedAt(clocks);
  return {
    kind: "record",
    record: {
      recType: found.recType,
      ...(found.id === undefined ? apart(identity, found.recType, twins) : identity),
      time: placement.time,
      ...(stored === undefined ? {} : { storedAt: stored }),
      device,
      body: found.body(),
    },
  };
}

/** Records with an id are the same one when they stand twice; those without are two. */
function apart(identity: Identity, recType: string, twins: Map<string, number>): Identity {
  const count = (twins.get(identity.eventId) ?? 0) + 1;
  twins.set(identity.eventId, count);
  return count === 1 ? identity : identifyTwin(recType, identity, count);
}

function isWanted(found: FoundRecord, owner: string | undefined, { ownerFilter, dataContext }: RecordRules): boolean {
  if (ownerFilter !== undefined && owner?.includes(ownerFilter) !== true) return false;
  if (dataContext.length === 0) return true;
  const names = textsAt(found.payload, "meta", "global") ?? [];
  return dataContext.every((name) => names.includes(name));
}

function ownerOf({ head }: FoundRecord): string | undefined {
  return textAt(head, "owner", "org");
}

function refuseOwnerless(found: readonly Found[], { what, ownerFilter = "" }: RecordRules): void {
  const records = found.filter((one) => one.kind === "record");
  if (records.length === 0 || records.some((one) => ownerOf(one) !== undefined)) return;
  throw new BridgeError(
    "OWNER_UNKNOWN",
    `${what}: no record says who owns it, so MICROSHARE_OWNER_FILTER (${ownerFilter}) cannot be applied`,
    {
      fix:
        "Take MICROSHARE_OWNER_FILTER away from this feed and separate tenants otherwise: by MICROSHARE_IDENTITY, " +
        "MICROSHARE_DATA_CONTEXT, or the view's own parameter ownerOrg in MICROSHARE_VIEW_PARAMETERS.",
    },
  );
}

function toUnreadable(found: Found, reason: string): UnreadableRecord {
  const body = found.body();
  const lasting = found.kind === "record" ? found.lastingBody?.() : undefined;
  return { eventId: eventIdOfBytes(lasting ?? body), reason, body };
}
