// What can be wrong with storage and with the event hub: one clear error each, and nothing lost or repeated.
import { createHmac } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { sharedAzurite } from "../azurite.ts";
import {
  failuresOf,
  HUB,
  MINUTE_MS,
  START,
  startBridge,
  summaryOf,
  type BridgeUnderTest,
} from "./bridge-under-test.ts";
import { addRecords, keysOf, recoverFrom, ROOMS, type BadInput, type Repair } from "./two-feeds.ts";
import { setting } from "./strikes.ts";

beforeAll(sharedAzurite);

/** Nothing listens on the port for dictionaries. */
const nobody = "127.0.0.1:2628";

/** The connection string of the storage account, wrong in one place. */
function storage(change: (right: string) => string): (bridge: BridgeUnderTest) => Repair {
  return (bridge) => setting("AzureWebJobsStorage", change(bridge.settings["AzureWebJobsStorage"] ?? ""))(bridge);
}

/** The connection string of the hub, wrong in one place. */
function hub(change: (right: string) => string): (bridge: BridgeUnderTest) => Repair {
  return (bridge) =>
    setting("EVENT_HUB_CONNECTION_STRING", change(bridge.settings["EVENT_HUB_CONNECTION_STRING"] ?? ""))(bridge);
}

/** Changes one row of the first feed as a slip in a storage browser would, and puts it back. */
function damage(
  begin: string,
  change: Readonly<Record<string, unknown>>,
): (bridge: BridgeUnderTest) => Promise<Repair> {
  return async ({ state }) => {
    const { table } = state;
    const [row] = await state.rows("rooms", begin);
    if (row === undefined) throw new Error(`there is no row ${begin}`);
    const keys = { partitionKey: String(row["partitionKey"]), rowKey: String(row["rowKey"]) };
    const undo = Object.fromEntries(Object.keys(change).map((name) => [name, row[name]]));
    await table.updateEntity({ ...keys, ...change }, "Merge");
    return async () => void (await table.updateEntity({ ...keys, ...undo }, "Merge"));
  };
}

/** As another run does that saves in between. */
function changeWhileItReads(bridge: BridgeUnderTest): void {
  const change = damage("checkpoint", { changedBy: "another run" });
  bridge.microshare.faults.delay(async () => void (await change(bridge)), { path: ROOMS.recType, times: 1 });
}

const state: Readonly<Record<string, BadInput>> = {
  "a checkpoint that is no time": {
    established: true,
    strike: damage("checkpoint", { watermark: "yesterday" }),
    code: "STATE_UNREADABLE",
    fix: ["watermark", "rooms@event-hub", "START_FROM"],
    others: "go on",
  },
  "a checkpoint of a newer bridge": {
    established: true,
    strike: damage("checkpoint", { schemaVersion: 99 }),
    code: "STATE_UNREADABLE",
    fix: ["newer version of the bridge"],
    message: ["99"],
    others: "go on",
  },
  "a ledger with a hole": {
    established: true,
    strike: damage("ledger-", { count: 1 }),
    code: "STATE_UNREADABLE",
    fix: ["Delete that row"],
    others: "go on",
  },
  "a checkpoint that somebody else changes while the run reads": {
    established: true,
    quiet: true,
    strike(bridge) {
      changeWhileItReads(bridge);
      return () => undefined;
    },
    code: "STATE_CONFLICT",
    fix: ["STATE_TABLE"],
    others: "go on",
  },
  "a storage account with another key": {
    established: true,
    strike: storage((right) =>
      right.replace(/AccountKey=[^;]*/, `AccountKey=${Buffer.alloc(64, 7).toString("base64")}`),
    ),
    code: "STATE_DENIED",
    fix: ["Storage Table Data Contributor", "AzureWebJobsStorage"],
    others: "fail too",
  },
  "a storage account that is down": {
    established: true,
    strike: storage((right) => right.replace(/TableEndpoint=http:[/][/][^/]*/, `TableEndpoint=http://${nobody}`)),
    code: "STATE_UNAVAILABLE",
    fix: ["AzureWebJobsStorage", "443"],
    others: "fail too",
  },
};

const sasSetting = ["EVENT_HUB_CONNECTION_STRING", "Send right"];

const sink: Readonly<Record<string, BadInput>> = {
  "a hub that does not exist": {
    strike: hub((right) => right.replace(`EntityPath=${HUB}`, "EntityPath=nowhere")),
    code: "SINK_NOT_FOUND",
    fix: ["nowhere", "EntityPath", "EVENT_HUB_CONNECTION_STRING"],
    others: "fail too",
  },
  "a wrong SAS key": {
    strike: hub((right) => right.replace(/SharedAccessKey=[^;]*/, "SharedAccessKey=d3Jvbmcga2V5IG9mIHRoZSBodWI=")),
    code: "SINK_UNAUTHORIZED",
    fix: sasSetting,
    others: "fail too",
  },
  "a policy that does not exist": {
    strike: hub((right) => right.replace(/SharedAccessKeyName=[^;]*/, "SharedAccessKeyName=nobody")),
    code: "SINK_UNAUTHORIZED",
    fix: sasSetting,
    others: "fail too",
  },
  "a policy without the right to send": {
    hubs: {
      keys: [
        { name: "bridge", key: "c2VuZA==of/the+hub", rights: ["Send"] },
        { name: "reader", key: "bGlzdGVu/of/the+hub", rights: ["Listen"] },
      ],
    },
    established: true,
    strike: (bridge) => hub(() => bridge.hubs.connectionString(HUB, "reader"))(bridge),
    code: "SINK_UNAUTHORIZED",
    fix: sasSetting,
    others: "fail too",
  },
  "a signature that has expired": {
    established: true,
    strike: hub((right) => withSignature(right, Math.floor(Date.now() / 1000) - 60)),
    code: "SINK_UNAUTHORIZED",
    fix: ["EVENT_HUB_CONNECTION_STRING"],
    others: "fail too",
  },
  "a hub that cannot be reached": {
    strike: hub((right) => right.replace(/sb:[/][/][^;]*/, `sb://${nobody}`)),
    code: "SINK_UNREACHABLE",
    fix: ["EVENT_HUB_CONNECTION_STRING", "EVENT_HUB_TRANSPORT", "443", "HTTPS_PROXY"],
    message: [nobody],
    others: "fail too",
  },
  "a hub that is disabled": {
    established: true,
    strike: ({ hubs }) => {
      const fault = hubs.faults.refuseAttach({ role: "send", condition: "com.microsoft:entity-disabled" });
      return () => fault.clear();
    },
    code: "SINK_REFUSED",
    fix: ["enabled for sending"],
    others: "fail too",
  },
  "a hub that throttles for longer than a run waits": {
    established: true,
    strike: ({ hubs }) => {
      const fault = hubs.faults.serverBusy();
      return () => fault.clear();
    },
    code: "SINK_THROTTLED",
    fix: ["throughput units"],
    others: "fail too",
    // Spread over the minutes that are given to throttling, and not without end.
    also: ({ waits }) => {
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(10_000);
      expect(waits.length).toBeLessThan(200);
    },
  },
};

/** The connection string with a signature made from its key instead of the key. */
function withSignature(connectionString: string, expiresAtSeconds: number): string {
  const part = (name: string) => new RegExp(`${name}=([^;]*)`).exec(connectionString)?.[1] ?? "";
  const resource = encodeURIComponent(`${part("Endpoint")}/${part("EntityPath")}`);
  const signature = createHmac("sha256", part("SharedAccessKey"))
    .update(`${resource}\n${expiresAtSeconds}`)
    .digest("base64");
  const token = `sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiresAtSeconds}&skn=${part("SharedAccessKeyName")}`;
  const rest = connectionString.replace(/SharedAccessKeyName=[^;]*;SharedAccessKey=[^;]*/, "");
  return `${rest};SharedAccessSignature=SharedAccessSignature ${token}`.replace(";;", ";");
}

describe.concurrent("bad input from Azure is one clear error, and nothing is lost or sent twice", () => {
  // The storage SDKs wait some seconds of real time between their tries.
  it.each(Object.entries({ ...state, ...sink }))("%s", { timeout: 60_000 }, async (_, badInput) => {
    const { delivered, wanted } = await recoverFrom(badInput);
    expect(delivered).toEqual(wanted);
  });

  it("takes a signature that is still good", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    const rooms = addRecords(bridge, ROOMS.recType);
    hub((right) => withSignature(right, Math.floor(Date.now() / 1000) + 3600))(bridge);
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(keysOf(bridge, "rooms")).toEqual(rooms.toSorted());
  });

  it("loses nothing to a change of its checkpoint, and repeats at most under the same message id", async () => {
    await using bridge = await startBridge({
      feeds: () => [ROOMS],
      settings: { LOOKBACK: "PT0S", DEEP_LOOKBACK: "PT0S" },
    });
    expect(failuresOf(await bridge.run())).toEqual([]);
    bridge.nextHour();
    const rooms = addRecords(bridge, ROOMS.recType, [50, 20, 2]);
    changeWhileItReads(bridge);
    expect(failuresOf(await bridge.run())).toMatchObject([{ code: "STATE_CONFLICT" }]);
    const watermark = await bridge.state.watermark("rooms");
    expect(watermark).toBe(new Date(START - MINUTE_MS).toISOString());
    expect(failuresOf(await bridge.run())).toEqual([]);
    const once = new Map(
      bridge.events("rooms").map(({ messageId, properties }) => [messageId, properties["recordKey"]]),
    );
    expect([...once.values()].map(String).toSorted()).toEqual(rooms.toSorted());
    // The next run knows what has come: it takes up nothing of it again.
    const { length } = bridge.events("rooms");
    bridge.nextHour();
    await bridge.run();
    expect(bridge.events("rooms")).toHaveLength(length);
  });

  it("begins anew, and loudly, where there is no table any more", async () => {
    await using bridge = await startBridge({ feeds: () => [ROOMS] });
    addRecords(bridge, ROOMS.recType);
    await bridge.run();
    await bridge.state.table.deleteTable();
    const run = await bridge.run();
    expect(failuresOf(run)).toEqual([]);
    expect(run.lines[0]).toContain("No state was found for route rooms@event-hub: this is its first run");
    expect(summaryOf(run, "rooms")).toMatchObject({ firstRun: true, start: new Date(START - 7_200_000).toISOString() });
  });
});
