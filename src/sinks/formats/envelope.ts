// The format `envelope`: the platform's own streaming envelope, so that a consumer can change between push and pull.
import type { OutgoingEvent } from "../../pipeline/records.ts";
import { spliced } from "./spliced.ts";

/**
 * Built around the record's own bytes. `event_type` is always `create`, also for a record that was rewritten: with that
 * type the platform's envelope carries the whole record, as every event here does. `source` is the platform's service that
 * gave the record, as in its stream.
 */
export function toEnvelope(event: OutgoingEvent): OutgoingEvent {
  const { recType, recordKey } = event.properties;
  const body = spliced({ event_type: "create", id: recordKey }, "obj", event.body, {
    obj_type: "objs",
    recType,
    source: "ShareService",
  });
  return { ...event, body };
}
