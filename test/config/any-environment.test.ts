// Whatever stands in the app settings: no exception, and no secret in what is said about it.
import { describe, expect, it } from "vitest";
import { feedEntryKeys } from "../../src/config/feed-entry.ts";
import { loadSettings } from "../../src/config/load-settings.ts";
import { describeProblem, settingsError } from "../../src/config/problems.ts";
import { isSecret } from "../../src/config/check-text.ts";
import { scheduleOrDefault } from "../../src/config/schedule.ts";
import { settingNames, settingsTable } from "../../src/config/settings-table.ts";
import { fc } from "../fast-check.ts";
import { simple } from "./environments.ts";

const names = fc.oneof(fc.constantFrom(...settingNames), fc.string(), fc.constantFrom("__proto__", "MICROSHARE_X"));
const examples = Object.values(settingsTable).map(({ example }) => example);
const feedEntries = fc.array(
  fc.dictionary(fc.constantFrom(...feedEntryKeys, "__proto__", "other"), fc.jsonValue(), { maxKeys: 6 }),
  { maxLength: 4 },
);
const texts = fc.oneof(
  fc.string(),
  fc.json(),
  fc.constantFrom(...examples, "", " ", "0", "-1", "[a]", "PT1H", "dashboard", "web"),
  feedEntries.map((entries) => JSON.stringify(entries)),
);
const environments = fc.dictionary(names, texts, { maxKeys: 12 });
const files = fc.record(
  {
    functionTimeout: fc.oneof(fc.string(), fc.constantFrom("00:05:00", "-1")),
    feedsFile: fc.oneof(fc.record({ text: texts }), fc.record({ errorCode: fc.constant("ENOENT") })),
  },
  { requiredKeys: [] },
);

describe("loading settings", () => {
  it("never throws, and gives either settings or problems", () => {
    fc.assert(
      fc.property(environments, files, fc.boolean(), (environment, found, complete) => {
        const loaded = loadSettings(complete ? { ...simple, ...environment } : environment, found);
        if (loaded.kind === "invalid") {
          expect(loaded.problems.length).toBeGreaterThan(0);
          for (const { problem, fix } of loaded.problems) expect([problem, fix]).not.toContain("");
        } else expect(loaded.settings.feeds.length).toBeGreaterThan(0);
        expect(typeof scheduleOrDefault(environment)).toBe("string");
      }),
      { numRuns: 200 },
    );
  });

  it("never says a secret, wherever else it was pasted", () => {
    // With a letter that no text of ours has, so that meeting the secret is no accident.
    const secret = fc.string({ minLength: 1, maxLength: 40 }).map((text) => `${text}§`);
    const secretNames = settingNames.filter(isSecret);
    const pastes = fc.dictionary(fc.constantFrom(...settingNames), fc.constantFrom("whole", "part", "feed", "key"));
    fc.assert(
      fc.property(secret, fc.constantFrom(...secretNames), pastes, (text, home, pasted) => {
        const forms = {
          whole: text,
          part: `x ${text}`,
          feed: JSON.stringify([{ name: text, lookback: text }]),
          key: JSON.stringify([{ name: "a", [text]: 1 }]),
        };
        const environment = Object.fromEntries(Object.entries(pasted).map(([name, form]) => [name, forms[form]]));
        const loaded = loadSettings({ ...environment, [text]: "x", [`MICROSHARE_${text}`]: "x", [home]: text }, {});
        const problems = loaded.kind === "valid" ? [] : loaded.problems;
        for (const problem of problems) {
          expect(JSON.stringify(problem)).not.toContain("§");
          expect(describeProblem(problem)).not.toContain("§");
        }
        expect(settingsError(problems).message).not.toContain("§");
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["MICROSHARE_VIEW_ID", "0123456789abcdef0123456789abcdef01234567-key"],
    ["EVENT_HUB_NAME", "Endpoint=sb://h/;SharedAccessKey=k"],
    ["MICROSHARE_API_URL", "ftp://user:word@host"],
    ["STATE_TABLE", "?sv=1&sig=abc"],
  ])("does not show a value of %s that looks like a credential", (name, value) => {
    const loaded = loadSettings({ ...simple, [name]: value }, {});
    const problem = loaded.kind === "invalid" ? loaded.problems.find(({ setting }) => setting === name) : undefined;
    expect(problem).toBeDefined();
    expect(problem).not.toHaveProperty("value");
  });

  it("shortens a long value", () => {
    const loaded = loadSettings({ ...simple, LOG_LEVEL: "loud ".repeat(50) }, {});
    expect(loaded.kind === "invalid" && loaded.problems[0]?.value).toMatch(/^(loud ){12}\.\.\.$/);
  });
});
