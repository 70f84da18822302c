// A feed of each kind and shape, and for each what it must have delivered, worked out without the bridge.
import { createHash } from "node:crypto";
import { demoFeeds, read, type DemoFeed } from "../../dev/demo/feeds.ts";
import type { MicroshareSimulator } from "../../dev/microshare-simulator/index.ts";

/** Those of the demo (share, view of shape A, dashboards by device cluster and by list), and views of shapes B and D. */
export function feedsOfAllKinds(microshare: MicroshareSimulator): readonly DemoFeed[] {
  return [...demoFeeds(microshare), projectedFeed(microshare), flatFeed(microshare)];
}

export function entriesOf(feeds: readonly DemoFeed[]): readonly Readonly<Record<string, unknown>>[] {
  return feeds.map(({ name, settings }) => ({ name, ...settings }));
}

/** Shape B: the view picks some fields; its objects carry the view's id outside. */
function projectedFeed({ recTypes, views, viewRecType }: MicroshareSimulator): DemoFeed {
  return {
    name: "presence",
    settings: { kind: "view", recType: recTypes.motion, viewId: views.projected, viewRecType, timeField: "createDate" },
    recType: recTypes.motion,
    by: "storedAt",
    wants: () => true,
    identityOfRecord: ({ id, checksum }) => `${id} ${checksum}`,
    identityOfEvent: (body) => [read(body, "data", "_id"), read(body, "data", "checksum")].join(" "),
    timeOfEvent: (body) => Date.parse(String(read(body, "data", "createDate"))),
    deviceOfEvent: (body) => String(read(body, "data", "device")),
  };
}

/** Shape D: records as plain reads show them. */
function flatFeed({ recTypes, views, viewRecType, dataContext }: MicroshareSimulator): DemoFeed {
  const view = { viewId: views.snapshotFlat, viewRecType, dataContext, timeField: "data.meta.iot.time" };
  return {
    name: "hours",
    settings: { kind: "view", recType: recTypes.snapshot, ...view },
    recType: recTypes.snapshot,
    by: "time",
    wants: () => true,
    identityOfRecord: ({ id, checksum }) => `${id} ${checksum}`,
    identityOfEvent: (body) => [read(body, "id"), read(body, "checksum")].join(" "),
    timeOfEvent: (body) => Date.parse(String(read(body, "data", "meta", "iot", "time"))),
    deviceOfEvent: (body) =>
      createHash("sha256")
        .update(JSON.stringify(read(body, "data", "meta", "device")))
        .digest("hex"),
  };
}
