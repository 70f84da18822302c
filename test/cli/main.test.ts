import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { settingsSource } from "../../src/cli/settings-source.ts";
import { BridgeError } from "../../src/errors.ts";
import { type } from "./terminal.ts";

function fileWith(content: string, name = "settings.json"): string {
  const file = join(mkdtempSync(join(tmpdir(), "bridge-")), name);
  writeFileSync(file, content);
  return file;
}

describe("the program", () => {
  it("ends with 2 for words it does not know, and says which it meant", async () => {
    for (const args of [["statuss"], ["status", "--jsno"], ["status", "extra"]]) {
      const { exitCode, stdout, stderr } = await type(args);
      expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 2, stdout: "" });
      expect(stderr).toMatch(/error: /);
    }
    expect((await type(["statuss"])).stderr).toContain("Did you mean status?");
  });

  it("shows its help and ends with 2 when no command is named", async () => {
    const { exitCode, stderr } = await type([]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Usage: bridge");
  });

  it("ends with 2 for settings that are wrong, and prints code, message and fix", async () => {
    const { exitCode, stdout, stderr } = await type(["status"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^SETTINGS_INVALID: The app settings have \d problems:/);
    expect(stderr).toMatch(/\nFix: Correct the app settings/);
  });

  it("prints the failure as one JSON document with --json", async () => {
    const { exitCode, stdout, stderr } = await type(["status", "--json"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "SETTINGS_INVALID", fix: expect.any(String) } });
  });

  it("colours a terminal, unless NO_COLOR is set, and nothing else", async () => {
    const escape = "\u001b[31m";
    expect((await type(["status"], { isTTY: true })).stderr).toContain(escape);
    expect((await type(["status"], { isTTY: true, environment: { NO_COLOR: "1" } })).stderr).not.toContain("\u001b");
    expect((await type(["status"])).stderr).not.toContain("\u001b");
  });
});

describe("the settings of a command", () => {
  const environment = { MICROSHARE_USERNAME: "from the environment", PATH: "/bin" };

  it("are the environment over local.settings.json of the project", () => {
    const file = fileWith(
      JSON.stringify({ Values: { MICROSHARE_USERNAME: "from the file", STATE_TABLE: "state" } }),
      "local.settings.json",
    );
    const settings = settingsSource(undefined, file.replace(/[^/]*$/, ""), environment);
    expect(settings).toEqual({ ...environment, STATE_TABLE: "state" });
  });

  it("are those of a named file alone, in each of its three forms", () => {
    const values = { MICROSHARE_USERNAME: "from the file", STATE_TABLE: "state" };
    const listed = Object.entries(values).map(([name, value]) => ({ name, slotSetting: false, value }));
    for (const content of [{ IsEncrypted: false, Values: values }, listed, values]) {
      expect(settingsSource(fileWith(JSON.stringify(content)), "/nowhere/", environment)).toEqual(values);
    }
  });

  it("take a Key Vault reference of a named file from the environment, where that has the setting", () => {
    const reference = "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/x)";
    const file = fileWith(JSON.stringify({ MICROSHARE_USERNAME: reference, MICROSHARE_PASSWORD: reference }));
    expect(settingsSource(file, "/nowhere/", environment)).toEqual({
      MICROSHARE_USERNAME: "from the environment",
      MICROSHARE_PASSWORD: reference,
    });
  });

  it("of an app with a managed identity open its storage as who is logged in, except where that identity is", () => {
    const values = {
      AzureWebJobsStorage__accountName: "stexample",
      AzureWebJobsStorage__credential: "managedidentity",
      AzureWebJobsStorage__clientId: "00000000-0000-0000-0000-000000000000",
    };
    const file = fileWith(JSON.stringify(values));
    expect(settingsSource(file, "/nowhere/", {})).toEqual({ AzureWebJobsStorage__accountName: "stexample" });
    expect(settingsSource(file, "/nowhere/", { IDENTITY_ENDPOINT: "http://127.0.0.1/token" })).toEqual(values);
  });

  it.each([
    ["does not exist", () => "/nowhere/settings.json"],
    ["is not JSON", () => fileWith("{")],
    ["is encrypted", () => fileWith(JSON.stringify({ IsEncrypted: true, Values: {} }))],
    ["cannot be read (EISDIR)", () => tmpdir()],
  ])("are an error when the named file %s", (problem, file) => {
    const reading = (): unknown => settingsSource(file(), "/nowhere/", {});
    expect(reading).toThrow(BridgeError);
    expect(reading).toThrow(problem);
  });
});
