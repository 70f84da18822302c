// What queries of the wrong form and answers that cannot be trusted do to the bridge.
import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import { MINUTE_MS } from "./bridge-under-test.ts";
import { fault, refeed, roomsCalls, roomsOnly, viewFeed } from "./strikes.ts";
import { recoverFrom, ROOMS, type BadInput } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const query: Readonly<Record<string, BadInput>> = {
  "a wrong view id": {
    feed: viewFeed({ viewId: "650000ffffffffffffffffff" }),
    strike: refeed({}),
    code: "NOT_FOUND",
    fix: ["MICROSHARE_VIEW_ID", "MICROSHARE_VIEW_REC_TYPE"],
    message: ["650000ffffffffffffffffff"],
    others: "go on",
  },
  "a missing placeholder": {
    feed: (microshare) =>
      viewFeed({ viewId: microshare.addView({ id: "6500000000000000000000aa", query: sized }) })(microshare),
    strike: refeed({ viewId: "6500000000000000000000aa", viewParameters: { size: 500 } }),
    code: "VIEW_PARAMETER_MISSING",
    fix: [`"size"`, "MICROSHARE_VIEW_PARAMETERS"],
    message: [`"size"`],
    others: "go on",
    // Found in the definition of the view, before it is called at all.
    also: (bridge) => expect(roomsCalls(bridge)).toBe(0),
  },
  "a parameter of the wrong form": {
    feed: (microshare) => {
      microshare.addView({ id: "6500000000000000000000cc", query: tagged });
      return viewFeed({ viewId: "6500000000000000000000cc", viewParameters: { tags: "room" } })(microshare);
    },
    strike: refeed({ viewId: "6500000000000000000000cc", viewParameters: { tags: `["room"]` } }),
    code: "REQUEST_REJECTED",
    fix: ["MICROSHARE_DATA_CONTEXT", "MICROSHARE_VIEW_PARAMETERS"],
    message: ["needs an array"],
    others: "go on",
  },
  "a view that returns a count": {
    feed: (microshare) => viewFeed({ viewId: microshare.views.counting })(microshare),
    strike: refeed({}),
    code: "RESPONSE_UNREADABLE",
    fix: ["MICROSHARE_VIEW_ID"],
    others: "go on",
  },
  "a view whose limit is too small for one millisecond": {
    feed: (microshare) => {
      microshare.addView({ id: "6500000000000000000000bb", query: sized.replace("${size}", "2") });
      return viewFeed({ viewId: "6500000000000000000000bb", viewLimit: 2 })(microshare);
    },
    strike(bridge) {
      const at = bridge.clock.now - 90 * MINUTE_MS;
      const twins = [1, 2, 3].map(() => bridge.microshare.add({ recType: ROOMS.recType, time: at }));
      return () => {
        for (const { id } of twins) bridge.microshare.remove(id);
      };
    },
    code: "WINDOW_SATURATED",
    fix: ["$limit", "MICROSHARE_VIEW_LIMIT"],
    others: "go on",
  },
  "an owner filter for records that do not tell their owner": {
    feed: (microshare) => viewFeed({ viewId: microshare.views.projected, ownerFilter: "com.example" })(microshare),
    strike: (bridge) => refeed({ viewId: bridge.microshare.views.projected })(bridge),
    code: "OWNER_UNKNOWN",
    fix: ["MICROSHARE_OWNER_FILTER"],
    others: "go on",
  },
  "a record type that may not be read": {
    strike: ({ microshare }) => {
      microshare.quirks.deniedRecTypes = [ROOMS.recType];
      return () => void (microshare.quirks.deniedRecTypes = []);
    },
    code: "ACCESS_DENIED",
    fix: ["sharing rule", "MICROSHARE_IDENTITY"],
    others: "go on",
  },
};

const sized = `[
  {"$match": {"recType": "\${recType}", "createDate": {"$gte": {"$date": "\${from}"}, "$lte": {"$date": "\${to}"}}}},
  {"$limit": \${size}}
]`;

const tagged = `[
  {"$match": {"recType": "\${recType}", "data.meta.global": {"$all": \${tags}},
              "createDate": {"$gte": {"$date": "\${from}"}, "$lte": {"$date": "\${to}"}}}}
]`;

const answers: Readonly<Record<string, BadInput>> = {
  "malformed JSON": {
    strike: fault((faults) => faults.malformJson(roomsOnly)),
    code: "RESPONSE_UNREADABLE",
    fix: ["proxy"],
    others: "go on",
  },
  "malformed JSON after good runs": {
    established: true,
    strike: fault((faults) => faults.malformJson(roomsOnly)),
    code: "RESPONSE_UNREADABLE",
    fix: ["proxy"],
    others: "go on",
  },
  "HTML instead of JSON": {
    strike: fault((faults) => faults.html(roomsOnly)),
    code: "RESPONSE_UNREADABLE",
    fix: ["MICROSHARE_API_URL"],
    others: "go on",
  },
  "truncated gzip": {
    strike: fault((faults) => faults.truncateGzip(roomsOnly)),
    code: "RESPONSE_UNREADABLE",
    fix: ["proxy or firewall"],
    others: "go on",
  },
  "answers that break off": {
    established: true,
    strike: fault((faults) => faults.resetMidBody(roomsOnly)),
    code: "RESPONSE_UNREADABLE",
    fix: ["proxy or firewall"],
    others: "go on",
  },
  "a list that counts records and shows none": {
    strike: fault((faults) => faults.emptyObjs(roomsOnly)),
    code: "RIGHTS_FILTERED",
    fix: ["MICROSHARE_IDENTITY", "MICROSHARE_REC_TYPE"],
    others: "go on",
  },
  "a view that counts records and shows none": {
    feed: viewFeed(),
    established: true,
    strike: fault((faults) => faults.emptyObjs(roomsOnly)),
    code: "RIGHTS_FILTERED",
    fix: ["MICROSHARE_IDENTITY", "Read, Query and Execute"],
    others: "go on",
  },
  "an answer larger than the guard": {
    settings: { MICROSHARE_MAX_RESPONSE_BYTES: String(1024 * 1024) },
    strike(bridge) {
      const { id } = bridge.microshare.add({ recType: ROOMS.recType, data: { text: "x".repeat(1_100_000) } });
      return () => bridge.microshare.remove(id);
    },
    code: "RESPONSE_TOO_LARGE",
    fix: ["MICROSHARE_PAGE_SIZE"],
    others: "go on",
  },
  "pages that are all the first": {
    feed: () => ({ ...ROOMS, pageSize: 2 }),
    strike: fault((faults) => faults.ignorePage(roomsOnly)),
    code: "PAGING_UNRELIABLE",
    fix: ["Microshare support"],
    others: "go on",
  },
  "pages that are all the first and deny it": {
    feed: () => ({ ...ROOMS, pageSize: 2 }),
    strike: fault((faults) => faults.ignorePage({ ...roomsOnly, echoPage: true })),
    code: "PAGING_UNRELIABLE",
    fix: ["Microshare support"],
    others: "go on",
  },
  "a view whose pages are all the first": {
    feed: viewFeed({ pageSize: 2 }),
    established: true,
    strike: fault((faults) => faults.ignorePage({ ...roomsOnly, echoPage: true })),
    code: "PAGING_UNRELIABLE",
    fix: ["Microshare support"],
    others: "go on",
  },
};

describe.concurrent("bad input in queries and answers is one clear error, and nothing is lost or sent twice", () => {
  it.each(Object.entries({ ...query, ...answers }))("%s", async (_, badInput) => {
    const { delivered, wanted } = await recoverFrom(badInput);
    expect(delivered).toEqual(wanted);
  });
});
