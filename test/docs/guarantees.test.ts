import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { privacyControls } from "../../scripts/control-list-privacy.ts";
import { shippingControls } from "../../scripts/control-list-shipping.ts";
import { telemetryControls } from "../../scripts/control-list-telemetry.ts";
import { controls } from "../../scripts/control-list.ts";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/guarantees.md", root), "utf8");
/** Table cells of proofs and lines of prose name files; titles stand in quotes right behind theirs. */
const named = [...text.matchAll(/`(test\/[^`]*)`((?:,? "[^"]+")*)/g)].map(([, path = "", titles = ""]) => ({
  path,
  titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title),
}));

describe("what the guarantees name as their proof", () => {
  it("are files that exist", () => {
    expect(named.length).toBeGreaterThan(30);
    const missing = named
      .map(({ path }) => path.replace(/[^/]*\*.*$/, ""))
      .filter((path) => !existsSync(new URL(path, root)));
    expect(missing).toEqual([]);
  });

  it("are tests with these titles", () => {
    const titled = named.filter(({ titles }) => titles.length > 0);
    expect(titled.length).toBeGreaterThan(15);
    const missing = titled.flatMap(({ path, titles }) => {
      const source = readFileSync(new URL(path, root), "utf8");
      return titles.filter((title) => !source.includes(title)).map((title) => `${path}: ${title}`);
    });
    expect(missing).toEqual([]);
  });

  it("are controls that exist", () => {
    const all = [...controls, ...shippingControls, ...privacyControls, ...telemetryControls];
    const names = new Set(all.map(({ name }) => name));
    const wanted = [...text.matchAll(/controls? ((?:"[^"]+"(?:, )?)+)/g)].flatMap(([, list = ""]) =>
      [...list.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name),
    );
    expect(wanted.length).toBeGreaterThan(15);
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });
});
