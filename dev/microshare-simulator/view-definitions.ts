// The ready-made views, written as the platform stores them: pipelines as text with placeholders.
import { hexOf } from "./prng.ts";
import type { ReadyMadeViews } from "./types.ts";

export const viewRecType = "io.microshare.fm.master.agg";

export interface ViewInput {
  /** Default: made up. */
  readonly id?: string;
  readonly name?: string;
  /** Default: the simulator's `viewRecType`. */
  readonly recType?: string;
  /** The pipeline as JSON text with `${placeholders}`. */
  readonly query: string;
  /**
   * `derived`: each result inside an object that carries the view's id (shapes A, B, C, E). `record`: records as plain
   * reads show them (shape D). Default `derived`.
   */
  readonly output?: "derived" | "record";
  /** The definition can be read without its query. Default false. */
  readonly queryHidden?: boolean;
}

export interface View extends Required<ViewInput> {}

export function completeView(input: ViewInput, key: number): View {
  return {
    id: hexOf(24, key, "view"),
    name: "View",
    recType: viewRecType,
    output: "derived",
    queryHidden: false,
    ...input,
  };
}

export function readyMadeViews(seed: number): { views: View[]; ids: ReadyMadeViews } {
  const idOf = (name: keyof ReadyMadeViews): string => `650000${hexOf(18, seed, name)}`;
  const ids = {
    snapshotFlat: idOf("snapshotFlat"),
    eventPassThrough: idOf("eventPassThrough"),
    snapshotDashboard: idOf("snapshotDashboard"),
    peopleDashboard: idOf("peopleDashboard"),
    projected: idOf("projected"),
    smallLimit: idOf("smallLimit"),
    counting: idOf("counting"),
  };
  const view = (name: keyof ReadyMadeViews, output: "derived" | "record" = "derived"): View =>
    completeView({ id: ids[name], name, query: queries[name], output }, 0);
  const views = [
    view("snapshotFlat", "record"),
    view("eventPassThrough"),
    view("snapshotDashboard"),
    view("peopleDashboard"),
    view("projected"),
    view("smallLimit"),
    view("counting"),
  ];
  return { views, ids };
}

const fields = [1, 2, 3, 4, 5, 6].map((number) => `"\${field${number}}": "$data.\${field${number}}"`).join(", ");

const queries: Readonly<Record<keyof ReadyMadeViews, string>> = {
  snapshotFlat: `[
    {"$match": {"recType": "\${recType}", "data.meta.global": {"$all": \${dataContext}},
                "data.meta.iot.time": {"$gte": "\${from}", "$lte": "\${to}"}}}
  ]`,
  eventPassThrough: `[
    {"$match": {"recType": "\${recType}", "createDate": {"$gte": {"$date": "\${from}"}, "$lte": {"$date": "\${to}"}}}}
  ]`,
  snapshotDashboard: `[
    {"$match": {"recType": "\${recType}", "data.meta.global": {"$all": \${dataContext}},
                "data.meta.device.0": "\${loc1}", "owner.org": {"$regex": \${ownerOrg}},
                "data.meta.snapshot.category": "\${category}", "data.meta.snapshot.metric": "\${metric}",
                "data.meta.iot.time": {"$gte": "\${from}", "$lte": "\${to}"}}},
    {"$group": {"_id": {"tags": "$data.meta.device"},
                "line": {"$push": {"time": "$data.time", "category": "$data.meta.snapshot.category",
                                   "metric": "$data.meta.snapshot.metric", ${fields}}}}}
  ]`,
  peopleDashboard: `[
    {"$match": {"recType": "\${recType}", "data.meta.global": {"$all": \${dataContext}},
                "data.meta.device.0": "\${loc1}", "data.meta.iot.time": {"$gt": "\${from}", "$lt": "\${to}"}}},
    {"$group": {"_id": {"tags": "$data.meta.device"},
                "line": {"$push": {"record": "$_id", "time": "$data.meta.iot.time", ${fields}}}}}
  ]`,
  projected: `[
    {"$match": {"recType": "\${recType}", "createDate": {"$gt": {"$date": "\${from}"}, "$lte": {"$date": "\${to}"}}}},
    {"$project": {"createDate": 1, "checksum": 1, "time": "$data.meta.iot.time", "place": "$data.meta.device",
                  "device": "$data.meta.iot.device_id", "motion": "$data.motion", "current": "$data.current"}}
  ]`,
  smallLimit: `[
    {"$match": {"recType": "\${recType}", "data.meta.iot.time": {"$gte": "\${from}", "$lte": "\${to}"}}},
    {"$limit": 25}
  ]`,
  counting: `[
    {"$match": {"recType": "\${recType}", "createDate": {"$gte": {"$date": "\${from}"}, "$lte": {"$date": "\${to}"}}}},
    {"$limit": 2500},
    {"$count": "count"}
  ]`,
};
