// What SECURITY.md and docs/guarantees.md point at as proof is there: files, titles of tests, controls.
import { globSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Without this one, which holds titles made up. */
const tests = globSync("test/**/*.ts", { cwd: root }).filter((path) => path !== "test/documents.test.ts");
const texts = new Map(tests.map((path) => [path, readFileSync(`${root}${path}`, "utf8")]));
const controlNames = globSync("scripts/control-list*.ts", { cwd: root }).flatMap((path) =>
  matches(readFileSync(`${root}${path}`, "utf8"), /^ +name: "([^"]+)"/gm),
);
const QUOTED = String.raw`"[^"]+"(?:(?:, and|,| and) "[^"]+")*`;

interface Complaints {
  readonly paths: readonly string[];
  readonly titles: readonly string[];
  readonly controls: readonly string[];
}

/** Every path in code font, every title quoted behind a test or at the start of a proof, every control, that is not there. */
function complaintsAbout(document: string): Complaints {
  const paths = matches(document, /`((?:test|src|scripts|docs|dev|bench|infra)\/[^`\s]*)`/g).filter(
    (path) => !isThere(path),
  );
  const proofs = [...document.matchAll(new RegExp("`(test/[^`]+)` (" + QUOTED + ")", "g"))];
  const bare = [...document.matchAll(new RegExp(String.raw`(?:\| |; )(${QUOTED})`, "g"))];
  const titles = [
    ...proofs.flatMap(([, path = "", quoted = ""]) =>
      titlesIn(quoted).filter((title) => !stands(title, filesOf(path))),
    ),
    ...bare.flatMap(([, quoted = ""]) => titlesIn(quoted).filter((title) => !stands(title, tests))),
  ];
  const named = [...document.matchAll(new RegExp(`controls? (${QUOTED})`, "g"))].flatMap(([, quoted = ""]) =>
    titlesIn(quoted),
  );
  return { paths, titles, controls: named.filter((name) => !controlNames.includes(name)) };
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, found = ""]) => found);
}

function titlesIn(quoted: string): readonly string[] {
  return matches(quoted, /"([^"]+)"/g);
}

function isThere(path: string): boolean {
  return path.includes("*")
    ? globSync(path, { cwd: root }).length > 0
    : statSync(`${root}${path}`, { throwIfNoEntry: false }) !== undefined;
}

/** A file, a pattern, or a folder. */
function filesOf(path: string): readonly string[] {
  const isFolder = statSync(`${root}${path}`, { throwIfNoEntry: false })?.isDirectory() === true;
  return globSync(isFolder ? `${path.replace(/[/]$/, "")}/**/*.ts` : path, { cwd: root });
}

function stands(title: string, paths: readonly string[]): boolean {
  return paths.some((path) => texts.get(path)?.includes(title) === true);
}

describe.each(["SECURITY.md", "docs/guarantees.md"])("%s", (name) => {
  const document = readFileSync(`${root}${name}`, "utf8");

  it("points only at files, tests and controls that are there", () => {
    expect(complaintsAbout(document)).toEqual({ paths: [], titles: [], controls: [] });
  });

  it("points at some", () => {
    expect(matches(document, /`(test\/[^`]+)`/g).length).toBeGreaterThan(5);
  });
});

describe("the check of a document", () => {
  it("finds what is not there", () => {
    const complaints = complaintsAbout(
      [
        '| a | `test/architecture.test.ts` "reads the environment in one file", "made up" |',
        "| b | `test/no-such.test.ts`; `test/none/**`; `src/app.ts`; `test/sinks` |",
        '| c | simulation; "made up as well"; controls "lease ignored", "no such control" |',
      ].join("\n"),
    );
    expect(complaints).toEqual({
      paths: ["test/no-such.test.ts", "test/none/**"],
      titles: ["made up", "made up as well"],
      controls: ["no such control"],
    });
  });
});
