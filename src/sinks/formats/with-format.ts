// A sink whose events leave in another form, while the pipeline sees only its own.
import type { Sink } from "../../pipeline/ports.ts";
import type { OutgoingEvent } from "../../pipeline/records.ts";
import type { EventFormat } from "./event-format.ts";

/**
 * Keeps the contract of the sink it wraps: what is reported as confirmed, refused or held back are the events that were
 * given, so that a dead letter keeps the record's own bytes, whatever form it was refused in.
 */
export function withFormat(sink: Sink, format: EventFormat): Sink {
  return {
    ...sink,
    ...(sink.wouldRefuse !== undefined && {
      async wouldRefuse(events, signal) {
        const leaving = new Map(events.map((event) => [{ ...format(event) }, event]));
        const refused = (await sink.wouldRefuse?.([...leaving.keys()], signal)) ?? [];
        return refused.map(({ event, reason }) => ({ event: leaving.get(event) ?? event, reason }));
      },
    }),
    async send(events, ...limits) {
      const originals = new Map<OutgoingEvent, OutgoingEvent>();
      const formatted = events.map((event) => {
        // A copy also where the format changes nothing: the same event given twice is two events.
        const leaving = { ...format(event) };
        originals.set(leaving, event);
        return leaving;
      });
      const original = (leaving: OutgoingEvent): OutgoingEvent => {
        const event = originals.get(leaving);
        if (event === undefined) throw new Error(`Sink "${sink.name}" reports an event that it was not given.`);
        return event;
      };
      const { confirmed, refused, heldBack, ...rest } = await sink.send(formatted, ...limits);
      return {
        ...rest,
        confirmed: confirmed.map(original),
        refused: refused.map(({ event, reason }) => ({ event: original(event), reason })),
        ...(heldBack && { heldBack: heldBack.map(original) }),
      };
    },
  };
}
