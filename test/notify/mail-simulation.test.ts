// Mails under any mixture of crashes, lost answers, throttling and processes at the same time: each is sent once, and ends.
import { describe, expect, it } from "vitest";
import { BridgeError } from "../../src/errors.ts";
import { mailLog } from "../../src/notify/mail-log.ts";
import type { Mailer } from "../../src/notify/mailer.ts";
import { memoryMailer } from "../../src/notify/memory-mailer.ts";
import { memoryOutbox } from "../../src/notify/memory-outbox.ts";
import { hasEnded } from "../../src/notify/outbox-entries.ts";
import type { OutboxStore } from "../../src/notify/mail-outbox.ts";
import { sendMails } from "../../src/notify/send-mails.ts";
import { japaneseMail } from "../contracts/mail-outbox.ts";
import { fc } from "../fast-check.ts";

const MINUTE = 60_000;
const limits = { perMinute: 5, perHour: 10 };

type Event =
  | { readonly kind: "add" }
  | { readonly kind: "end"; readonly how: "succeeded" | "failed" }
  /** Two processes tick; each dies at its nth call to store or service, before or after it did its work, unless n is large. */
  | { readonly kind: "tick"; readonly deaths: readonly (readonly [at: number, when: "before" | "after"])[] }
  | { readonly kind: "fault"; readonly fault: "throttled" | "lost-taken" | "lost-not-taken" | "unanswered" };

const death = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom("before", "after"));
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant("add" as const) }),
  fc.record({ kind: fc.constant("end" as const), how: fc.constantFrom("succeeded", "failed") }),
  fc.record({ kind: fc.constant("tick" as const), deaths: fc.array(death, { minLength: 1, maxLength: 2 }) }),
  fc.record({
    kind: fc.constant("fault" as const),
    fault: fc.constantFrom("throttled", "lost-taken", "lost-not-taken", "unanswered"),
  }),
);

class Death extends Error {}

/** Calls of one process, which ends at one of them. */
function dying<Part extends object>(part: Part, calls: { left: number; readonly when: string }): Part {
  return new Proxy(part, {
    get(target, name, receiver) {
      const work: unknown = Reflect.get(target, name, receiver);
      if (typeof work !== "function") return work;
      return async (...args: unknown[]) => {
        calls.left -= 1;
        if (calls.left === 0 && calls.when === "before") throw new Death();
        const result: unknown = await Reflect.apply(work, target, args);
        if (calls.left <= 0) throw new Death();
        return result;
      };
    },
  });
}

describe("mails", () => {
  it("are each taken by the service once at most, within its limits, and end as it says, whatever happens on the way", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 40 }), async (events) => {
        let now = Date.parse("2026-11-26T08:00:00Z");
        const outbox = memoryOutbox(() => now);
        const service = memoryMailer();
        const sentAt: number[] = [];
        const ids: string[] = [];
        const ends = new Map<string, string>();
        const told: string[] = [];
        const timed: Mailer = {
          ...service,
          send(mail, id, signal) {
            // The service would take it for the same operation, if it keeps its word: we do not rely on that.
            expect(service.mails.has(id)).toBe(false);
            sentAt.push(now);
            return service.send(mail, id, signal);
          },
        };
        const log = mailLog({
          info: (_, facts) => void told.push(`${String(facts["mail"])} succeeded`),
          warn: () => undefined,
          error: (_, facts) => void told.push(`${String(facts["mail"])} ${String(facts["outcome"])}`),
        });
        const run = (store: OutboxStore, mailer: Mailer): Promise<void> =>
          sendMails({
            outbox: store,
            openMailer: async () => mailer,
            allowed: { addresses: [], domains: ["example.com", "example.org"] },
            limits,
            log,
            now: () => now,
            hasTimeLeft: () => true,
          }).catch((error: unknown) => {
            if (!(error instanceof Death)) throw error;
          });

        for (const one of events) {
          if (one.kind === "add") ids.push(await outbox.add(japaneseMail));
          if (one.kind === "fault") strike(service, one.fault);
          if (one.kind === "end") endOldest(service, ends, one.how);
          if (one.kind !== "tick") continue;
          now += MINUTE;
          await Promise.all(
            one.deaths.map(([left, when]) => {
              const calls = { left, when };
              return run(dying(outbox, calls), dying(timed, calls));
            }),
          );
        }
        // Quiet at last: what is left comes to its end.
        for (let tick = 0; tick < 20 && outbox.entries.some(({ state }) => !hasEnded(state)); tick += 1) {
          while (endOldest(service, ends, "succeeded"));
          now += 30 * MINUTE;
          await run(outbox, timed);
        }
        for (const { id, state } of outbox.entries) {
          expect(hasEnded(state)).toBe(true);
          if (state.kind === "succeeded" || state.kind === "failed") expect(state.kind).toBe(ends.get(id));
        }
        expect(outbox.entries.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
        expect(new Set(told).size).toBe(told.length);
        for (const line of told) expect(ids.map((id) => `${id} ${ends.get(id) ?? "given-up"}`)).toContain(line);
        for (const at of sentAt) {
          expect(sentAt.filter((other) => other >= at && other < at + MINUTE).length).toBeLessThanOrEqual(
            limits.perMinute,
          );
          expect(sentAt.filter((other) => other >= at && other < at + 60 * MINUTE).length).toBeLessThanOrEqual(
            limits.perHour,
          );
        }
      }),
      { numRuns: 100 },
    );
  });
});

function strike(
  service: ReturnType<typeof memoryMailer>,
  fault: Extract<Event, { readonly kind: "fault" }>["fault"],
): void {
  const error = new BridgeError("MAIL_UNAVAILABLE", "It failed.", { fix: "Nothing to do." });
  if (fault === "throttled") service.nextSends({ answer: { kind: "not-taken", error, retryAfterMs: 5 * MINUTE } });
  if (fault === "lost-taken") service.nextSends({ answer: { kind: "uncertain", error }, taken: true });
  if (fault === "lost-not-taken") service.nextSends({ answer: { kind: "uncertain", error } });
  if (fault === "unanswered") service.nextOutcomes({ kind: "unanswered", error });
}

function endOldest(
  service: ReturnType<typeof memoryMailer>,
  ends: Map<string, string>,
  how: "succeeded" | "failed",
): boolean {
  const id = [...service.mails.keys()].find((one) => !ends.has(one));
  if (id === undefined) return false;
  ends.set(id, how);
  service.end(id, how);
  return true;
}
