import { mkdtempSync, writeFileSync, mkdirSync, globSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEnvironment, readSettingsFiles } from "../../src/config/environment.ts";

function appFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "bridge-settings-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe("the environment", () => {
  it("is a copy", () => {
    const environment = readEnvironment();
    expect(environment["PATH"]).toBe(process.env["PATH"]);
    expect(environment).not.toBe(process.env);
  });

  it("is read in one file only", () => {
    const root = new URL("../../src/", import.meta.url).pathname;
    const readers = globSync("**/*.ts", { cwd: root }).filter((file) =>
      /process\.env|"host\.json"/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(readers).toEqual([join("config", "environment.ts")]);
  });
});

describe("the files of the settings", () => {
  it("give functionTimeout and the file of feeds, from the folder of the app", () => {
    const folder = appFolder({
      "host.json": '\uFEFF{"version":"2.0","functionTimeout":"00:20:00"}',
      "feeds.json": "[]",
    });
    expect(readSettingsFiles(folder, { FEEDS_FILE: " feeds.json " })).toEqual({
      functionTimeout: "00:20:00",
      feedsFile: { text: "[]" },
    });
  });

  it.each(['{"version":"2.0"}', "{", "null", '{"functionTimeout":20}'])(
    "do without a functionTimeout: %s",
    (hostJson) => {
      expect(readSettingsFiles(appFolder({ "host.json": hostJson }), {})).toEqual({});
    },
  );

  it("are not needed to begin with", () => {
    expect(readSettingsFiles(appFolder({}), {})).toEqual({});
  });

  it("say why the file of feeds cannot be read", () => {
    const folder = appFolder({});
    mkdirSync(join(folder, "sub"));
    const codeOf = (path: string) => readSettingsFiles(folder, { FEEDS_FILE: path }).feedsFile;
    expect(codeOf("nope.json")).toEqual({ errorCode: "ENOENT" });
    expect(codeOf("sub")).toEqual({ errorCode: "EISDIR" });
    expect(codeOf("a\0b")).toEqual({ errorCode: "ERR_INVALID_ARG_VALUE" });
  });
});
