// One sink: the way there, the right to send, to read back and to create, and whether records fit.
import type { SinkSettings } from "../../config/sink-settings.ts";
import type { Sink } from "../../pipeline/ports.ts";
import type { FeedRecord } from "../../pipeline/records.ts";
import { toEvent } from "../../pipeline/to-event.ts";
import type { Checklist } from "./checklist.ts";
import type { DoctorDeps } from "./doctor.ts";

/** `records`: the largest of each feed that goes there. Sends nothing and creates nothing. */
export async function checkSink(
  list: Checklist,
  settings: SinkSettings,
  sink: Sink,
  records: readonly FeedRecord[],
  deps: DoctorDeps,
): Promise<void> {
  const { name, target } = settings;
  const send = `send:${name}`;
  await list.run(send, `sink ${name}: sending`, ["settings"], async () => {
    await sink.check(deps.signal);
    const creates = target.kind === "event-hubs-per-type" ? rightToCreate(target.access.kind) : "";
    return { detail: `${sink.name} can be reached, and the right to send is there${creates}` };
  });
  await list.run(`listen:${name}`, `sink ${name}: reading back after a crash`, [send], async () => {
    const { readBack, afterCrash } = sink;
    if (readBack === undefined) {
      return { detail: `this kind cannot be read back: ${afterCrash?.meaning ?? "repeats carry the same message id"}` };
    }
    const refused = await readBack.check?.(deps.signal);
    return {
      detail: refused === undefined ? "the right to read is there" : "is not possible, which a run can do without",
      warnings: refused === undefined ? [] : [refused],
    };
  });
  await list.run(`size:${name}`, `sink ${name}: size of records`, [send], async () => {
    if (records.length === 0) return { detail: "no record was found to try it with" };
    if (sink.wouldRefuse === undefined) return { detail: "cannot be tried without sending for this kind of sink" };
    const events = records.map((record) => toEvent(record, { route: `doctor@${name}`, feed: "doctor", late: false }));
    const refused = await sink.wouldRefuse(events, deps.signal);
    return {
      detail: `${events.length - refused.length} of ${events.length} of the largest records seen fit`,
      warnings: refused.map(({ reason }) => ({
        message: reason,
        fix: "Such records become dead letters. Use a tier that takes larger messages, or a sink that does.",
      })),
    };
  });
}

/** Listing by a policy takes Manage, which is also the right to create. A role is not told by what it can read. */
function rightToCreate(access: "connection-string" | "identity"): string {
  return access === "connection-string"
    ? "; the policy may manage, so hubs can be created"
    : "; its hubs can be listed, and whether new ones may be created shows with the first of them (the role needs Microsoft.EventHub/namespaces/eventhubs/write)";
}
