// The contract of pushed records: the platform's streaming envelope, one or a list, to the routes of their record type.
import * as z from "zod";
import { BridgeError } from "../errors.ts";
import { faultsOf } from "../http/problem-details.ts";
import type { PushResult } from "../pipeline/push.ts";
import type { FeedRecord } from "../pipeline/records.ts";
import type { Answer, ReceivedRequest, WebhookContract } from "./contract.ts";
import { problem, type Fault } from "./problem.ts";

/** A feed with push, as the app puts it together. */
export interface PushFeed {
  readonly recType: string;
  /** The records of the envelopes chosen, by their number in `text`; see `microshare/pushed-records.ts`. */
  read(
    text: string,
    chosen: ReadonlyMap<number, unknown>,
  ): {
    readonly records: readonly FeedRecord[];
    readonly filtered: number;
    readonly unsure: number;
  };
  /** One for each sink of the feed. Throws what the state throws. */
  readonly push: readonly ((records: readonly FeedRecord[]) => Promise<PushResult>)[];
}

/** More would outlast the patience of a caller; a stream hands over far fewer at once. */
export const MOST_ENVELOPES = 1000;

const CHANGES = ["create", "update", "delete"] as const;

/** Fields beyond these are taken and not looked at. */
export const pushEnvelope = z
  .looseObject(
    {
      event_type: z.enum(CHANGES, `event_type must be ${CHANGES.join(", ")}.`),
      obj: z.looseObject({}, "obj must be a JSON object: the record."),
      recType: z.string("recType must be a text.").optional(),
    },
    "Each element must be an envelope: a JSON object with event_type and obj.",
  )
  .meta({ title: "PushedRecord", description: "The platform's streaming envelope." });

export const pushList = z
  .array(pushEnvelope)
  .max(MOST_ENVELOPES, `One request may have up to ${MOST_ENVELOPES} envelopes.`)
  .meta({ title: "PushedRecords", description: "Several of them." });

const count = z.number().int().nonnegative();

/** Given only once every sink has confirmed what is said to be forwarded. */
export const pushAnswer = z
  .object({
    status: z.literal("Records taken"),
    forwarded: count.describe("Events confirmed by a sink: one for each record and sink of its feed."),
    repeated: count.describe("Events that another request has sent or sends."),
    leftToPoll: count.describe("Events that the next run of polling delivers, if it finds them."),
    filtered: count.describe("Records that a setting of their feed leaves out."),
    deletes: count.describe("Deleted records: nothing is sent for them."),
    ignored: count.describe("Records of a type that no feed with push has, or no records at all."),
    correlationId: z.string(),
  })
  .meta({ title: "RecordsTaken", description: "What became of pushed records; see docs/push.md." });

/** What the `obj_type` of a record says; devices and their health come in the same envelope. */
const RECORDS = "objs";

export function pushContract(
  feeds: readonly PushFeed[],
  recTypeOf: (envelope: unknown) => string | undefined,
): WebhookContract {
  const types = new Set(feeds.map(({ recType }) => recType));
  const typeOf = (envelope: unknown): string | undefined => {
    const recType = recTypeOf(envelope);
    return recType !== undefined && types.has(recType) ? recType : undefined;
  };
  return {
    accepts: (body) => (Array.isArray(body) ? true : isEnvelope(body)),
    faultsIn(body): readonly Fault[] {
      const { error } = Array.isArray(body) ? pushList.safeParse(body) : pushEnvelope.safeParse(body);
      return error === undefined ? [] : faultsOf(error);
    },
    async handle(body, request) {
      const list: readonly unknown[] = Array.isArray(body) ? body : [body];
      const sorted = sortByType(list, typeOf);
      const results = await Promise.all(
        feeds.map((feed) => pushTo(feed, sorted.records.get(feed.recType) ?? new Map(), request)),
      );
      return answerOf(sumOf(results), sorted, request);
    },
  };
}

function isEnvelope(body: unknown): boolean {
  return typeof body === "object" && body !== null && Object.hasOwn(body, "event_type") && Object.hasOwn(body, "obj");
}

interface Sorted {
  /** Records by type, each under its number. */
  readonly records: ReadonlyMap<string, ReadonlyMap<number, unknown>>;
  readonly deletes: number;
  readonly updates: number;
  readonly ignored: number;
}

/**
 * What an update carries is not documented, the whole record or the change alone: polling finds the new version, as it
 * would without push. A deleted record was delivered when it came.
 */
function sortByType(list: readonly unknown[], typeOf: (envelope: unknown) => string | undefined): Sorted {
  const records = new Map<string, Map<number, unknown>>();
  const counts = { deletes: 0, updates: 0, ignored: 0 };
  for (const [number, one] of list.entries()) {
    const { event_type: change, obj_type: kind = RECORDS } = Object(one);
    const recType = typeOf(one);
    if (kind !== RECORDS || recType === undefined) counts.ignored += 1;
    else if (change === "delete") counts.deletes += 1;
    else if (change === "update") counts.updates += 1;
    else {
      const known = records.get(recType) ?? new Map<number, unknown>();
      records.set(recType, known.set(number, one));
    }
  }
  return { records, ...counts };
}

interface Pushed {
  readonly forwarded: number;
  readonly repeated: number;
  readonly leftToPoll: number;
  readonly filtered: number;
  readonly failures: readonly BridgeError[];
  readonly warnings: readonly BridgeError[];
}

async function pushTo(
  feed: PushFeed,
  chosen: ReadonlyMap<number, unknown>,
  { text }: ReceivedRequest,
): Promise<readonly Pushed[]> {
  if (chosen.size === 0) return [];
  const { records, filtered, unsure } = feed.read(text, chosen);
  const first = { forwarded: 0, repeated: 0, leftToPoll: unsure, filtered, failures: [], warnings: [] };
  if (records.length === 0) return [first];
  // A sink that is down holds up its own events alone.
  const pushed = await Promise.all(
    feed.push.map(async (push): Promise<Pushed> => {
      try {
        const { failure, ...result } = await push(records);
        return { ...result, filtered: 0, failures: failure === undefined ? [] : [failure] };
      } catch (error) {
        if (!(error instanceof BridgeError)) throw error;
        return { forwarded: 0, repeated: 0, leftToPoll: 0, filtered: 0, failures: [error], warnings: [] };
      }
    }),
  );
  return [first, ...pushed];
}

function sumOf(results: readonly (readonly Pushed[])[]): Pushed {
  const all = results.flat();
  const sum = (of: (one: Pushed) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    forwarded: sum((one) => one.forwarded),
    repeated: sum((one) => one.repeated),
    leftToPoll: sum((one) => one.leftToPoll),
    filtered: sum((one) => one.filtered),
    failures: all.flatMap(({ failures }) => failures),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}

function answerOf(pushed: Pushed, sorted: Sorted, { correlationId }: ReceivedRequest): Answer {
  const { failures, warnings, leftToPoll, ...rest } = pushed;
  const { updates, deletes, ignored } = sorted;
  const counts = { ...rest, leftToPoll: leftToPoll + updates, deletes, ignored };
  const [worst] = failures;
  const told = warnings.length === 0 ? {} : { warnings: warnings.map(({ code }) => code).join(" ") };
  if (worst === undefined) {
    return { status: 200, body: { status: "Records taken", ...counts, correlationId }, facts: { ...counts, ...told } };
  }
  const detail =
    "Not every record was confirmed. Those that were are counted as forwarded. Send the request again, or leave the rest " +
    "to polling: either way none is sent twice.";
  const { code, message, fix } = worst;
  const facts = { ...counts, ...told, code, error: message, fix };
  const answer = problem("unavailable", detail, { correlationId, retryAfterMs: RETRY_AFTER_MS, facts });
  return { ...answer, body: { ...answer.body, ...counts } };
}

const RETRY_AFTER_MS = 10_000;
