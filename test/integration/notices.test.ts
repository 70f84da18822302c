// Automatic notices and rules, from the timer to the outbox: the real handler over real HTTP, AMQP and Azurite.
import { beforeAll, describe, expect, it } from "vitest";
import { startEmailSimulator } from "../../dev/email-simulator/index.ts";
import type { Environment } from "../../src/config/load-settings.ts";
import type { Mail } from "../../src/notify/mail.ts";
import { notifyOpener } from "../../src/open-notify.ts";
import { tableMailOutbox } from "../../src/state/table-mail-outbox.ts";
import { sharedAzurite } from "../azurite.ts";
import { failuresOf, HOUR_MS, MINUTE_MS, startBridge, type BridgeUnderTest } from "./bridge-under-test.ts";
import { addRecords, DOORS, ROOMS } from "./two-feeds.ts";

beforeAll(sharedAzurite);

const KEY = "bWFpbCBrZXkgb2Ygbm9ib2R5IGF0IGFsbA==";
const ON: Environment = {
  NOTIFY: "on",
  NOTIFY_CONNECTION_STRING: `endpoint=https://acs.example.com/;accesskey=${KEY}`,
  NOTIFY_SENDER: "donotreply@example.com",
  NOTIFY_ALLOWED_RECIPIENTS: "example.com",
  NOTIFY_TO: "ops@example.com",
};
const feeds = () => [ROOMS, DOORS];

async function mailsOf(bridge: BridgeUnderTest): Promise<readonly Mail[]> {
  const { entries } = await tableMailOutbox(bridge.state.table, { now: () => bridge.clock.now }).look();
  return entries.flatMap(({ mail }) => (mail === undefined ? [] : [mail]));
}

async function noticesRow(bridge: BridgeUnderTest): Promise<readonly object[]> {
  const filter = "PartitionKey eq '_notices'";
  return Array.fromAsync(bridge.state.table.listEntities({ queryOptions: { filter } }));
}

/** One tick of the function that sends mails. */
async function sendMails(environment: Environment, now: () => number): Promise<void> {
  const open = notifyOpener({ environment, readFiles: () => ({}), now });
  await (await open(() => undefined)).sendMails();
}

/** Requests to storage that name the partition of notices. */
function callsForNotices(bridge: BridgeUnderTest): number {
  return bridge.recorder
    .outgoing()
    .filter(({ place, content }) => /path|url|target/i.test(place) && String(content).includes("_notices")).length;
}

describe("automatic notices", () => {
  it("tell once that the API is down for hours, with what to do, and once that it is over", async () => {
    await using bridge = await startBridge({ feeds, settings: ON });
    addRecords(bridge, ROOMS.recType);
    expect(failuresOf(await bridge.run())).toEqual([]);
    const from = bridge.clock.now;
    bridge.microshare.faults.outage(from, from + 5 * HOUR_MS);
    for (let hour = 0; hour < 4; hour += 1) {
      bridge.nextHour();
      expect(failuresOf(await bridge.run())).toHaveLength(2);
      // A new process each time, as on a plan that scales to zero.
      bridge.restart();
      expect(await mailsOf(bridge)).toHaveLength(hour < 2 ? 0 : 1);
    }
    bridge.clock.now += 2 * HOUR_MS;
    for (let again = 0; again < 2; again += 1) {
      bridge.nextHour();
      expect(failuresOf(await bridge.run())).toEqual([]);
    }
    const [down, over, ...more] = await mailsOf(bridge);
    expect(more).toEqual([]);
    expect(down?.to).toEqual(["ops@example.com"]);
    expect(down?.subject).toContain("API_UNAVAILABLE");
    for (const part of ["rooms@event-hub", "doors@event-hub", "3 failures in a row", "What failed?"]) {
      expect(down?.text).toContain(part);
    }
    for (const part of ["rooms@event-hub", "doors@event-hub", "API_UNAVAILABLE"]) expect(over?.text).toContain(part);
  });

  it("tell once although two processes run side by side", async () => {
    await using bridge = await startBridge({ feeds, settings: { ...ON, NOTIFY_AFTER_FAILURES: "1" } });
    bridge.microshare.faults.wrongIdentity("neighbour");
    bridge.set({ MICROSHARE_IDENTITY: "examplefac" });
    await Promise.all([bridge.run(), bridge.runElsewhere(), bridge.runElsewhere()]);
    await bridge.run();
    const mails = await mailsOf(bridge);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain("MICROSHARE_IDENTITY");
  });

  it("tell that the settings are wrong, and when they are right again", async () => {
    await using bridge = await startBridge({ settings: ON });
    bridge.set({ LOOKBACK: "soon" });
    for (let again = 0; again < 2; again += 1) {
      expect(failuresOf(await bridge.run())).toMatchObject([{ code: "SETTINGS_INVALID" }]);
      bridge.nextHour();
    }
    // The function that sends mails works all the same.
    const service = await startEmailSimulator({ now: () => bridge.clock.now });
    bridge.closeWith({ close: () => void service.close() });
    const sending = { ...bridge.settings, NOTIFY_CONNECTION_STRING: service.connectionString };
    bridge.secrets.push(service.accessKey);
    await sendMails(sending, () => bridge.clock.now);
    expect(service.mails.map(({ message }) => message.content.plainText)).toEqual([
      expect.stringContaining("LOOKBACK"),
    ]);
    bridge.set({ LOOKBACK: undefined });
    expect(failuresOf(await bridge.run())).toEqual([]);
    await sendMails({ ...sending, LOOKBACK: undefined }, () => bridge.clock.now);
    expect(service.mails.map(({ message }) => message.content.subject)).toEqual([
      expect.stringContaining("No run can begin"),
      expect.stringContaining("Runs begin again"),
    ]);
  });

  it("cost a quiet run one call to storage, and nothing while they are off", async () => {
    await using bridge = await startBridge({ settings: ON });
    expect(failuresOf(await bridge.run())).toEqual([]);
    bridge.nextHour();
    const before = callsForNotices(bridge);
    expect(failuresOf(await bridge.run())).toEqual([]);
    expect(callsForNotices(bridge) - before).toBe(1);

    await using off = await startBridge({ settings: { ...ON, NOTIFY: "off" } });
    expect(failuresOf(await off.run())).toEqual([]);
    expect(callsForNotices(off)).toBe(0);
    expect(await noticesRow(off)).toEqual([]);
  });

  it("that cannot be kept are a warning, and the run does its work", async () => {
    await using bridge = await startBridge({ feeds, settings: ON });
    const rooms = addRecords(bridge, ROOMS.recType);
    await bridge.state.table.createTable();
    await bridge.state.table.createEntity({ partitionKey: "_notices", rowKey: "state", schemaVersion: 99 });
    const run = await bridge.run();
    expect(failuresOf(run)).toEqual([]);
    expect(bridge.events("rooms")).toHaveLength(rooms.length);
    expect(run.lines.filter((line) => line.includes("Notices wait for the next run"))).toEqual([
      expect.stringContaining("delete the row state of partition _notices"),
    ]);
  });
});

describe("rules", () => {
  const hot = {
    name: "too hot",
    feed: "rooms",
    path: "$.data.t",
    comparison: ">",
    threshold: 30,
    template: "{value}!",
  };
  const withRules = (...rules: readonly object[]): Environment => ({ ...ON, NOTIFY_RULES: JSON.stringify(rules) });
  function heat(bridge: BridgeUnderTest, temperatures: readonly number[], recType = ROOMS.recType): void {
    for (const [index, t] of temperatures.entries()) {
      bridge.microshare.add({ recType, time: bridge.clock.now - (20 + index) * MINUTE_MS, data: { t } });
    }
  }

  it("tell once of all records that match, and of none twice", async () => {
    await using bridge = await startBridge({ feeds, settings: withRules(hot) });
    heat(bridge, [31, 29, 35]);
    heat(bridge, [40, 40], DOORS.recType);
    for (let again = 0; again < 3; again += 1) {
      const run = await bridge.run();
      expect(failuresOf(run)).toEqual([]);
      const lines = run.lines.filter((line) => line.startsWith("Notify rule"));
      expect(lines).toEqual(again === 0 ? ['Notify rule {"rule":"too hot","matches":2}'] : []);
      bridge.nextHour();
    }
    const mails = await mailsOf(bridge);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.subject).toContain("too hot");
    expect(mails[0]?.text).toContain("2 times");
    expect(mails[0]?.text).toMatch(/3[15]!/);
  });

  it("count what the sink has confirmed, and not what it refused", async () => {
    await using bridge = await startBridge({ feeds, settings: withRules(hot) });
    heat(bridge, [31]);
    const fault = bridge.hubs.faults.refuseAttach({ role: "send", condition: "com.microsoft:entity-disabled" });
    const failed = await bridge.run();
    expect(failuresOf(failed)).not.toEqual([]);
    expect(failed.lines.filter((line) => line.startsWith("Notify rule"))).toEqual([]);
    fault.clear();
    bridge.nextHour();
    const good = await bridge.run();
    expect(failuresOf(good)).toEqual([]);
    expect(good.lines.filter((line) => line.startsWith("Notify rule"))).toEqual([
      'Notify rule {"rule":"too hot","matches":1}',
    ]);
  });

  it("that are broken stop neither data nor the other rules, and are told of until they are mended", async () => {
    const broken = [
      { ...hot, name: "bad path", path: "$..[" },
      { ...hot, name: "bad key", color: 1 },
    ];
    await using bridge = await startBridge({ feeds, settings: withRules(hot, ...broken) });
    heat(bridge, [31]);
    const run = await bridge.run();
    expect(failuresOf(run)).toEqual([]);
    expect(bridge.events("rooms")).toHaveLength(1);
    const lines = run.lines.filter((line) => line.startsWith("Notify rule"));
    for (const name of ["bad path", "bad key"]) expect(lines.filter((line) => line.includes(name))).toHaveLength(1);
    expect(lines).toContain('Notify rule {"rule":"too hot","matches":1}');
    const told = (await mailsOf(bridge)).map(({ subject }) => subject).toSorted();
    expect(told).toEqual(["bad key", "bad path", "too hot"].map((name) => expect.stringContaining(name)));
    bridge.nextHour();
    bridge.set(withRules(hot));
    expect(failuresOf(await bridge.run())).toEqual([]);
    bridge.clock.now += 12 * HOUR_MS;
    expect(failuresOf(await bridge.run())).toEqual([]);
    const texts = (await mailsOf(bridge)).map(({ text }) => text).join("\n");
    for (const name of ["bad path", "bad key"]) expect(texts).toMatch(new RegExp(`Rule ${name} is used again`));
  });
});
