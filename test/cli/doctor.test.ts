// Every misconfiguration that we could think of, on real parts: found, named, with the fix that puts it right.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AzureNamedKeyCredential, generateAccountSas } from "@azure/data-tables";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../../src/operations/doctor/checklist.ts";
import type { Environment } from "../../src/config/load-settings.ts";
import { sharedAzurite } from "../azurite.ts";
import { HUB, MINUTE_MS, startBridge, type BridgeUnderTest } from "../integration/bridge-under-test.ts";
import { addRecords, ROOMS } from "../integration/two-feeds.ts";
import { nobody } from "../sinks/hub-harness.ts";
import { spawnBridge, type } from "./terminal.ts";

const both = { name: "both", key: "bm90IGEgc2VjcmV0IGJ1dCBhIGtleQ==", rights: ["Send", "Listen"] } as const;
const sendOnly = { name: "send", key: "c2VuZCBhbmQgbm90aGluZyBlbHNlIQ==", rights: ["Send"] } as const;
const listenOnly = { name: "listen", key: "bGlzdGVuIGFuZCBub3RoaW5nIGVsc2U=", rights: ["Listen"] } as const;

let world: BridgeUnderTest;
let root: string;

beforeAll(async () => {
  await sharedAzurite();
  root = `${mkdtempSync(join(tmpdir(), "bridge-"))}/`;
  writeFileSync(join(root, "host.json"), JSON.stringify({ functionTimeout: "00:10:00" }));
  world = await startBridge({
    feeds: (microshare) => [viewOf(microshare)],
    settings: { MICROSHARE_IDENTITY: "examplefac" },
    simulator: { fleet: { buildings: 1 } },
    hubs: { keys: [both, sendOnly, listenOnly], hubs: [{ name: HUB, partitionCount: 2 }] },
  });
  addRecords(world, ROOMS.recType, [50, 20]);
});

afterAll(() => world[Symbol.asyncDispose]());

/** A feed through the view that shows records as they are. */
function viewOf({ views, viewRecType }: BridgeUnderTest["microshare"], more: Readonly<Record<string, unknown>> = {}) {
  return { ...ROOMS, kind: "view", viewId: views.eventPassThrough, viewRecType, timeField: "createDate", ...more };
}

function feeds(more: Readonly<Record<string, unknown>>): Environment {
  return { FEEDS: JSON.stringify([viewOf(world.microshare, more)]) };
}

interface Examined {
  readonly exitCode: number | null;
  readonly checks: readonly Check[];
}

async function examine(changes: Environment = {}): Promise<Examined> {
  const environment = { ...world.settings, ...changes };
  const { exitCode, stdout, stderr } = await type(["doctor", "--json"], {
    environment,
    root,
    time: { now: () => world.clock.now, wait: async (_ms, signal) => signal.throwIfAborted() },
  });
  world.recorder.heard("printed", "bridge doctor", [stdout, stderr]);
  const { checks }: { checks: readonly Check[] } = JSON.parse(stdout);
  return { exitCode, checks };
}

interface Misconfiguration {
  readonly is: string;
  readonly settings?: () => Environment | Promise<Environment>;
  /** Returns what puts it right. */
  readonly strike?: () => (() => void | Promise<void>) | Promise<() => void | Promise<void>>;
  readonly id: string;
  readonly outcome?: "warning";
  readonly code?: string;
  readonly says?: string;
  readonly fix: string;
  /** What fails for the same reason. */
  readonly also?: readonly string[];
  /** What then cannot be checked. */
  readonly hinders?: readonly string[];
}

const EVERYTHING_ELSE = ["rest"];
const AFTER_LOGIN = ["api", "clock", "view:rooms", "sample:rooms"];

const misconfigurations: readonly Misconfiguration[] = [
  {
    is: "no password",
    settings: () => ({ MICROSHARE_PASSWORD: "" }),
    id: "settings",
    code: "SETTINGS_INVALID",
    fix: "Set MICROSHARE_PASSWORD",
    hinders: EVERYTHING_ELSE,
  },
  {
    is: "a setting with a slip in its name",
    settings: () => ({ MICROSHARE_PASWORD: "x" }),
    id: "settings",
    fix: "Did you mean MICROSHARE_PASSWORD?",
    hinders: EVERYTHING_ELSE,
  },
  {
    is: "a Key Vault reference that nobody resolved",
    settings: () => ({ MICROSHARE_API_KEY: "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/k)" }),
    id: "settings",
    says: "Key Vault",
    fix: "identity",
    hinders: EVERYTHING_ELSE,
  },
  {
    is: "a schedule that is a time span",
    settings: () => ({ POLL_SCHEDULE: "01:00:00" }),
    id: "settings",
    says: "time span",
    fix: "NCRONTAB",
    hinders: EVERYTHING_ELSE,
  },
  {
    is: "a time budget above the host's own time-out",
    settings: () => ({ TIME_BUDGET: "PT20M" }),
    id: "settings",
    fix: "functionTimeout",
    hinders: EVERYTHING_ELSE,
  },
  {
    is: "feeds that are not JSON",
    settings: () => ({ FEEDS: "[{name: rooms}]" }),
    id: "settings",
    says: "JSON",
    fix: "JSON",
    hinders: EVERYTHING_ELSE,
  },
  {
    is: "a feed that goes to a sink that is not there",
    settings: () => feeds({ sinks: ["event-hub", "archive"] }),
    id: "settings",
    says: "archive",
    fix: "Sinks: event-hub",
    hinders: EVERYTHING_ELSE,
  },
  {
    is: "a wrong password",
    settings: () => ({ MICROSHARE_PASSWORD: "not the password" }),
    id: "login",
    code: "CREDENTIALS_REFUSED",
    fix: "MICROSHARE_PASSWORD",
    hinders: AFTER_LOGIN,
  },
  {
    is: "a token service that nobody answers for",
    settings: () => ({ MICROSHARE_AUTH_URL: `http://${nobody}` }),
    id: "login",
    code: "API_UNREACHABLE",
    fix: "MICROSHARE_AUTH_URL",
    hinders: AFTER_LOGIN,
  },
  {
    is: "an account that acts under another identity",
    strike: () => {
      const fault = world.microshare.faults.wrongIdentity("otherfac", { path: "/oauth2/token" });
      return () => fault.clear();
    },
    id: "login",
    code: "IDENTITY_MISMATCH",
    fix: "MICROSHARE_IDENTITY",
    hinders: AFTER_LOGIN,
  },
  {
    is: "an identity that is left to chance",
    settings: () => ({ MICROSHARE_IDENTITY: "" }),
    id: "login",
    outcome: "warning",
    fix: "Set MICROSHARE_IDENTITY to examplefac",
  },
  {
    is: "an API host that nobody answers for",
    settings: () => ({ MICROSHARE_API_URL: `http://${nobody}` }),
    id: "api",
    code: "API_UNREACHABLE",
    fix: "MICROSHARE_API_URL",
    hinders: ["clock", "view:rooms", "sample:rooms"],
  },
  {
    is: "a clock that is twenty minutes ahead",
    strike: () => {
      const fault = world.microshare.faults.dateSkew(-20 * MINUTE_MS);
      return () => fault.clear();
    },
    id: "clock",
    code: "CLOCK_SKEW",
    fix: "Set the clock",
  },
  {
    is: "a view without its parameters",
    settings: () => feeds({ viewId: world.microshare.views.snapshotFlat, timeField: "data.meta.iot.time" }),
    id: "view:rooms",
    code: "VIEW_PARAMETER_MISSING",
    says: "dataContext",
    fix: "MICROSHARE_DATA_CONTEXT",
    hinders: ["sample:rooms"],
  },
  {
    is: "a view that is not there",
    settings: () => feeds({ viewId: "650000000000000000000009" }),
    id: "sample:rooms",
    code: "NOT_FOUND",
    fix: "MICROSHARE_VIEW_ID",
  },
  {
    is: "a limit that the view does not have",
    settings: () => feeds({ viewId: world.microshare.views.smallLimit, viewLimit: 999, timeField: "auto" }),
    id: "view:rooms",
    outcome: "warning",
    code: "VIEW_SETTING_DISAGREES",
    fix: "Set it to 25",
  },
  {
    is: "a clock that the view does not filter by",
    settings: () => feeds({ timeField: "data.meta.iot.time" }),
    id: "view:rooms",
    outcome: "warning",
    code: "VIEW_SETTING_DISAGREES",
    fix: "Set MICROSHARE_TIME_FIELD to createDate",
  },
  {
    is: "a view whose definition is not shared, without a limit",
    settings: () => {
      const query =
        '[{"$match": {"recType": "${recType}", "createDate": {"$gte": {"$date": "${from}"}, "$lte": {"$date": "${to}"}}}}]';
      return feeds({ viewId: world.microshare.addView({ query, queryHidden: true }) });
    },
    id: "view:rooms",
    outcome: "warning",
    code: "VIEW_DEFINITION_UNREADABLE",
    fix: "MICROSHARE_VIEW_LIMIT",
  },
  {
    is: "a record type with a slip in it",
    settings: () => feeds({ recType: "io.example.roms" }),
    id: "sample:rooms",
    outcome: "warning",
    says: "shows no record",
    fix: "check recType",
  },
  {
    is: "an owner filter that fits nobody",
    settings: () => feeds({ ownerFilter: "nobody at all" }),
    id: "sample:rooms",
    outcome: "warning",
    says: "MICROSHARE_OWNER_FILTER",
    fix: "ownerFilter",
  },
  {
    is: "records that the account may not see",
    settings: () => ({ FEEDS: JSON.stringify([ROOMS]) }),
    strike: () => {
      world.microshare.quirks.deniedRecTypes = [ROOMS.recType];
      return () => void (world.microshare.quirks.deniedRecTypes = []);
    },
    id: "sample:rooms",
    code: "ACCESS_DENIED",
    fix: "sharing rule",
  },
  {
    is: "a device cluster that is not there",
    settings: () =>
      feeds({
        kind: "dashboard",
        viewId: world.microshare.views.peopleDashboard,
        dataContext: ["people"],
        deviceCluster: "io.microshare.peoplecounter.packed/650000000000000000000009",
        timeField: "auto",
      }),
    id: "sample:rooms",
    code: "NOT_FOUND",
    fix: "MICROSHARE_DEVICE_CLUSTER",
  },
  {
    is: "a wrong key of the storage account",
    settings: async () => {
      const { connectionString } = await sharedAzurite();
      return { AzureWebJobsStorage: connectionString.replace(/AccountKey=[^;]*/, `AccountKey=${btoa("a wrong key")}`) };
    },
    id: "state:read",
    code: "STATE_DENIED",
    fix: "renew the key",
    also: ["state:dead-letters"],
    hinders: ["state:write", "state:routes"],
  },
  {
    is: "a signature for the storage account that may only read",
    settings: async () => ({ AzureWebJobsStorage: await readOnlyStorage() }),
    id: "state:write",
    code: "STATE_DENIED",
    fix: "Storage Table Data Contributor",
    also: ["state:dead-letters"],
  },
  {
    is: "progress that somebody edited by hand",
    strike: async () => {
      const { table } = world.state;
      await table.createTable();
      await table.createEntity({ partitionKey: "rooms@event-hub", rowKey: "checkpoint", watermark: "yesterday" });
      return () => table.deleteTable();
    },
    id: "state:routes",
    code: "STATE_UNREADABLE",
    fix: "row",
  },
  {
    is: "an event hub that is not there",
    settings: () => ({ EVENT_HUB_CONNECTION_STRING: world.hubs.connectionString("missing") }),
    id: "send:event-hub",
    code: "SINK_NOT_FOUND",
    fix: "EntityPath",
    hinders: ["listen:event-hub", "size:event-hub"],
  },
  {
    is: "a wrong key of the event hub",
    settings: () => ({
      EVENT_HUB_CONNECTION_STRING: world.hubs
        .connectionString(HUB)
        .replace(/SharedAccessKey=[^;]*/, `SharedAccessKey=${btoa("a wrong key")}`),
    }),
    id: "send:event-hub",
    code: "SINK_UNAUTHORIZED",
    fix: "EVENT_HUB_CONNECTION_STRING",
    hinders: ["listen:event-hub"],
  },
  {
    is: "a policy that may not send",
    settings: () => ({ EVENT_HUB_CONNECTION_STRING: world.hubs.connectionString(HUB, listenOnly.name) }),
    id: "send:event-hub",
    code: "SINK_UNAUTHORIZED",
    fix: "Send",
  },
  {
    is: "a policy that may not listen",
    settings: () => ({ EVENT_HUB_CONNECTION_STRING: world.hubs.connectionString(HUB, sendOnly.name) }),
    id: "listen:event-hub",
    outcome: "warning",
    code: "READ_BACK_DENIED",
    fix: "Listen right",
  },
  {
    is: "a consumer group that is not there",
    settings: () => ({ EVENT_HUB_CONSUMER_GROUP: "bridge" }),
    id: "listen:event-hub",
    outcome: "warning",
    code: "READ_BACK_REFUSED",
    fix: "Create the consumer group bridge",
  },
  {
    is: "records larger than the hub takes",
    strike: () => {
      const { id } = world.microshare.add({
        recType: "io.example.large",
        time: world.clock.now - 20 * MINUTE_MS,
        data: { text: "x".repeat(1_100_000) },
      });
      return () => world.microshare.remove(id);
    },
    settings: () => feeds({ recType: "io.example.large" }),
    id: "size:event-hub",
    outcome: "warning",
    says: "does not fit",
    fix: "larger messages",
  },
];

/** With the account's own key, so that Azurite believes it. */
async function readOnlyStorage(): Promise<string> {
  const { connectionString, tableUrl, blobUrl } = await sharedAzurite();
  const part = (name: string): string => new RegExp(`${name}=([^;]*)`).exec(connectionString)?.[1] ?? "";
  const key = new AzureNamedKeyCredential(part("AccountName"), part("AccountKey"));
  const sas = generateAccountSas(key, { permissions: { query: true }, expiresOn: new Date(Date.now() + 3_600_000) });
  return `TableEndpoint=${tableUrl};BlobEndpoint=${blobUrl};SharedAccessSignature=${sas}`;
}

describe("bridge doctor", () => {
  it("finds nothing wrong where nothing is wrong, sends nothing and leaves nothing behind", async () => {
    const { exitCode, checks } = await examine();
    expect(checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(exitCode).toBe(0);
    expect(checks.map(({ id }) => id)).toEqual([
      "settings",
      "login",
      "api",
      "clock",
      "view:rooms",
      "sample:rooms",
      "state:read",
      "state:write",
      "state:dead-letters",
      "state:routes",
      "send:event-hub",
      "listen:event-hub",
      "size:event-hub",
    ]);
    const text = (id: string): string => checks.find((check) => check.id === id)?.detail ?? "";
    expect(text("login")).toContain("examplefac");
    expect(text("view:rooms")).toContain("asks for recType, from, to: all filled; shows at most 999 records");
    expect(text("view:rooms")).toContain("filters by createDate (from on, up to and with to)");
    expect(text("sample:rooms")).toMatch(/record [0-9a-f]{24} of io\.example\.rooms, 2025-03-04T07:40:00/);
    expect(world.hubs.events(HUB)).toEqual([]);
    expect(await world.state.tableExists()).toBe(false);
    expect(await world.state.contents()).toEqual(["[]"]);
  });

  it("proves the right to write with a row and a blob of its own where table and container are there, and removes both", async () => {
    await world.state.table.createTable();
    const { checks } = await examine();
    expect(checks.find(({ id }) => id === "state:write")).toMatchObject({
      outcome: "passed",
      detail: "a row of its own could be written and removed",
    });
    expect(await world.state.contents()).toEqual(["[]"]);
    await world.state.table.deleteTable();
  });

  it("has a table of twenty misconfigurations at least", () => {
    expect(misconfigurations.length).toBeGreaterThanOrEqual(20);
  });

  it.each(misconfigurations)(
    "finds $is",
    async ({ settings, strike, id, outcome = "failed", code, says, fix, also = [], hinders = [] }) => {
      const changes = (await settings?.()) ?? {};
      const repair = await strike?.();
      try {
        const { exitCode, checks } = await examine(changes);
        const found = checks.filter((check) => check.id === id && check.outcome === outcome);
        expect(found, JSON.stringify(checks, undefined, 1)).not.toEqual([]);
        const [first] = found;
        if (code !== undefined) expect(found.map((check) => check.code)).toContain(code);
        expect(found.map((check) => `${check.title} ${check.detail}`).join("\n")).toContain(says ?? "");
        expect(first?.fix).toContain(fix);
        // And nothing else is found that is not there.
        const others = checks.filter((check) => check.outcome === "failed" && check.id !== id);
        expect(others.map((check) => check.id)).toEqual(also);
        const unchecked = checks.filter((check) => check.outcome === "not-checked").map((check) => check.id);
        expect(unchecked).toEqual(expect.arrayContaining([...hinders]));
        expect(exitCode).toBe(outcome === "warning" ? 0 : id === "settings" ? 2 : 1);
      } finally {
        await repair?.();
      }
    },
  );

  it("prints a line for each check, as a process of its own", async () => {
    const { exitCode, stdout, stderr } = await spawnBridge(["doctor"], {
      environment: { ...world.settings, MICROSHARE_PASSWORD: "not the password" },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
    expect(stdout).toMatch(/^ok {7}settings: 1 feed, 1 sink/m);
    expect(stdout).toMatch(
      /^FAILED {3}login and identity: CREDENTIALS_REFUSED: .*\n {9}Fix: Check MICROSHARE_USERNAME/m,
    );
    expect(stdout).toMatch(/^- {8}clock of this host: cannot be checked before this is right/m);
    expect(stdout).toMatch(/\d+ passed, \d+ warnings, 1 failed, 4 not checked/);
  });
});
