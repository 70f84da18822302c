import { describe, expect, it } from "vitest";
import { complaintAbout, formatFix } from "../../src/config/check-text.ts";
import { loadSettings } from "../../src/config/load-settings.ts";
import { PLACEHOLDER } from "../../src/config/setting.ts";
import type { Setting } from "../../src/config/setting.ts";
import { settingNames, settingsTable } from "../../src/config/settings-table.ts";
import { expectedFiles, renderExampleFile, renderSettings, withSettings } from "../../scripts/settings-docs.ts";
import { simple, twentyMinutes } from "./environments.ts";

const issueNames =
  "MICROSHARE_USERNAME MICROSHARE_PASSWORD MICROSHARE_API_KEY MICROSHARE_DATA_CONTEXT MICROSHARE_AUTH_MODE MICROSHARE_AUTH_URL MICROSHARE_API_URL MICROSHARE_APP_URL MICROSHARE_MIN_TLS MICROSHARE_SCOPE MICROSHARE_IDENTITY MICROSHARE_CONCURRENCY MICROSHARE_PAGE_SIZE MICROSHARE_FEED_KIND MICROSHARE_REC_TYPE MICROSHARE_VIEW_ID MICROSHARE_VIEW_REC_TYPE MICROSHARE_VIEW_PARAMETERS MICROSHARE_VIEW_LIMIT MICROSHARE_LOCATIONS MICROSHARE_DEVICE_CLUSTER MICROSHARE_CATEGORIES MICROSHARE_METRICS MICROSHARE_COUNT_VIEW_ID MICROSHARE_OWNER_FILTER FEEDS FEEDS_FILE EVENT_HUB_CONNECTION_STRING EVENT_HUB_NAMESPACE EVENT_HUB_NAME AZURE_CLIENT_ID EVENT_HUB_TRANSPORT EVENT_HUB_CONSUMER_GROUP HTTPS_PROXY AzureWebJobsStorage AzureWebJobsStorage__accountName AzureWebJobsStorage__credential AzureWebJobsStorage__clientId STATE_TABLE POLL_SCHEDULE START_FROM LOOKBACK DEEP_LOOKBACK SETTLE_DELAY WINDOW UPDATES TIME_BUDGET LOG_LEVEL".split(
    " ",
  );

describe("the settings table", () => {
  it("has every name that is part of the interface", () => {
    expect(settingNames).toEqual(expect.arrayContaining(issueNames));
  });

  it.each(settingNames)("has a right default and example for %s, and says what it is for", (name) => {
    const setting: Setting = settingsTable[name];
    for (const text of [setting.default, setting.example]) {
      const isReference = text?.startsWith("@Microsoft.KeyVault(") === true;
      if (text !== undefined && !isReference) expect(complaintAbout(name, text)).toBeUndefined();
    }
    expect(setting.reason).toMatch(/\.$/);
    expect(formatFix(name)).toMatch(new RegExp(`^Set ${name} to \\S.*\\.$`));
  });
});

describe("the documents made from the settings table", () => {
  it("are up to date (npm run settings:docs)", async () => {
    const stale = (await expectedFiles()).filter(({ present, expected }) => present !== expected);
    expect(stale.map(({ name }) => name)).toEqual([]);
  });

  it("name every setting", () => {
    const text = renderSettings();
    for (const name of settingNames) expect(text).toContain(`| \`${name}\` `);
  });

  it("leave the rest of the README alone", () => {
    const readme = "before\n<!-- settings:begin -->\nformer text\n<!-- settings:end -->\nafter\n";
    const made = withSettings(readme);
    expect(made).toMatch(/^before\n<!-- settings:begin -->\n\n### [^]*\n\n?<!-- settings:end -->\nafter\n$/);
    expect(made).not.toContain("former text");
    expect(withSettings(made)).toBe(made);
  });

  it("need the markers in the README", () => {
    expect(() => withSettings("no markers")).toThrow("settings:begin");
  });
});

describe("local.settings.example.json", () => {
  const { IsEncrypted, Values } = JSON.parse(renderExampleFile()) as {
    IsEncrypted: boolean;
    Values: Record<string, string>;
  };

  it("has the form that the Functions host wants: not encrypted, texts only", () => {
    expect(IsEncrypted).toBe(false);
    expect(Values["AzureWebJobsStorage"]).toBe("UseDevelopmentStorage=true");
    for (const value of Object.values(Values)) expect(typeof value).toBe("string");
  });

  it("lacks nothing but what stands in angle brackets", () => {
    const loaded = loadSettings(Values, twentyMinutes);
    const named = loaded.kind === "invalid" ? loaded.problems.map(({ setting }) => setting) : [];
    expect(named).toEqual(Object.keys(Values).filter((name) => PLACEHOLDER.test(Values[name] ?? "")));
  });

  it("works once it is filled in", () => {
    const filled = Object.entries({ ...Values, ...simple });
    expect(loadSettings(Object.fromEntries(filled), twentyMinutes).kind).toBe("valid");
  });
});
