// What tests of bad input do to a bridge, each with what puts it right again; and what they count.
import type { MicroshareSimulator } from "../../dev/microshare-simulator/index.ts";
import type { BridgeUnderTest, FeedEntry } from "./bridge-under-test.ts";
import { DOORS, ROOMS, type Repair } from "./two-feeds.ts";

/** A wrong setting, put right afterwards. */
export function setting(name: string, value: string): (bridge: BridgeUnderTest) => Repair {
  return (bridge) => {
    const right = bridge.settings[name];
    bridge.set({ [name]: value });
    return () => bridge.set({ [name]: right });
  };
}

/** Only the calls of the feed that is to fail. */
export const roomsOnly = { path: ROOMS.recType };

/** A fault of the platform, over afterwards. */
export function fault(strike: (faults: MicroshareSimulator["faults"], bridge: BridgeUnderTest) => unknown) {
  return (bridge: BridgeUnderTest): Repair => {
    strike(bridge.microshare.faults, bridge);
    return () => bridge.microshare.faults.clear();
  };
}

export function viewFeed(more: FeedEntry = {}): (microshare: MicroshareSimulator) => FeedEntry {
  return ({ views, viewRecType }) => ({
    ...ROOMS,
    kind: "view",
    viewId: views.eventPassThrough,
    viewRecType,
    timeField: "createDate",
    ...more,
  });
}

/** The feed as it should have been configured. */
export function refeed(more: FeedEntry): (bridge: BridgeUnderTest) => Repair {
  return (bridge) => () => bridge.set({ FEEDS: JSON.stringify([viewFeed(more)(bridge.microshare), DOORS]) });
}

export function logins({ microshare }: BridgeUnderTest): number {
  return microshare.requests.filter(({ server }) => server !== "api").length;
}

export function roomsCalls({ microshare }: BridgeUnderTest): number {
  return microshare.requests.filter(({ path, queryText }) => `${path}?${queryText}`.includes(ROOMS.recType)).length;
}
