import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { LASTING_CAUSES, MOMENTARY_CAUSES } from "../../../src/notify/notices/causes.ts";
import type { Notice, NoticeItem } from "../../../src/notify/notices/decide.ts";
import { CAUSE_WORDS, UNEXPECTED_FAILURES } from "../../../src/notify/notices/words.ts";
import { writeNotice } from "../../../src/notify/notices/write-notice.ts";
import { createRedact } from "../../../src/telemetry/redact.ts";
import { failure, HOUR, START } from "./history.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const redact = createRedact(["hunter22"]);

function item(change: Partial<NoticeItem> = {}): NoticeItem {
  const code = "API_UNAVAILABLE";
  return {
    due: "begun",
    cause: "failing",
    where: "a@hub",
    since: START,
    count: 3,
    code,
    failure: failure(code),
    ...change,
  };
}

function mailOf(items: readonly NoticeItem[], change: Partial<Notice> = {}) {
  return writeNotice({ at: START, to: ["ops@example.com"], digest: false, items, ...change }, redact);
}

describe("the mail of a notice", () => {
  it("says what happened, since when, what to do, and which query shows it", () => {
    const { to, subject, text } = mailOf([item()]);
    expect(to).toEqual(["ops@example.com"]);
    expect(subject).toContain("a@hub");
    expect(subject).toContain("API_UNAVAILABLE");
    for (const part of [
      "what failed with API_UNAVAILABLE",
      "2025-03-04 08:00 UTC",
      "3 failures in a row",
      "what to do about API_UNAVAILABLE",
      `"What failed?"`,
    ]) {
      expect(text).toContain(part);
    }
  });

  it("names all routes, and of very many the first and how many more", () => {
    const items = Array.from({ length: 33 }, (_, index) => item({ where: `feed${index}@hub` }));
    const { subject, text } = mailOf(items);
    expect(subject).toContain("33 routes");
    expect(text).toContain("feed0@hub");
    expect(text).toContain("feed19@hub");
    expect(text).toContain("and 13 more");
  });

  it("says when it began and when it ended", () => {
    const { subject, text } = mailOf([item({ due: "over", until: START + 5 * HOUR })]);
    expect(subject).toContain("a@hub");
    expect(text).toContain("2025-03-04 08:00 UTC");
    expect(text).toContain("2025-03-04 13:00 UTC");
  });

  it.each([...LASTING_CAUSES, ...MOMENTARY_CAUSES])("has words for %s, begun and over, one or many", (cause) => {
    for (const due of ["begun", "lasting", "momentary", "over"] as const) {
      for (const items of [[item({ cause, due })], [item({ cause, due }), item({ cause, due, where: "b@hub" })]]) {
        for (const digest of [false, true]) {
          const { subject, text } = mailOf(items, { digest });
          expect(`${subject}\n${text}`).not.toMatch(/undefined|NaN|\[object/);
          expect(subject.length).toBeLessThanOrEqual(120);
        }
      }
    }
  });

  it("of a digest tells everything, in order of what is new", () => {
    const { subject, text } = mailOf(
      [item({ due: "over", where: "x@hub" }), item({ where: "y@hub" }), item({ due: "lasting", where: "z@hub" })],
      { digest: true },
    );
    expect(subject).toContain("2 to look at, 1 over");
    const places = ["y@hub", "z@hub", "x@hub"].map((route) => text.indexOf(route));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("shows of a rule the filled template, with count", () => {
    const { subject, text } = mailOf([
      item({ cause: "rule", due: "momentary", where: "too hot", count: 7, example: "Room 12 has 32 degrees" }),
    ]);
    expect(subject).toContain("too hot");
    expect(text).toContain("7 times");
    expect(text).toContain("Room 12 has 32 degrees");
  });

  it("holds no secret, wherever it came from", () => {
    const message = "cannot log in with hunter22";
    const leaky = item({ where: "hunter22@hub", failure: { code: "X", message, fix: "not hunter22" } });
    for (const digest of [false, true]) {
      const mail = mailOf([leaky], { digest });
      expect(JSON.stringify(mail)).not.toContain("hunter22");
      expect(mail.text).toContain("[secret]");
    }
  });

  it("has one line for a subject, whatever the names are", () => {
    const { subject } = mailOf([item({ where: "a\r\nBcc: all@example.com\u2028\u202E\0@hub" })]);
    expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202E]/u);
  });

  it("stays within what the outbox takes, and breaks no character", () => {
    const long = { code: "X", message: "\u{1F321}".repeat(20_000), fix: "y".repeat(50_000) };
    const items = Array.from({ length: 400 }, (_, index) =>
      item({ where: `${index}${"z".repeat(300)}`, failure: long }),
    );
    for (const digest of [false, true]) {
      const { subject, text } = mailOf(items, { digest });
      expect(text.length).toBeLessThanOrEqual(15_000);
      expect(text.isWellFormed() && subject.isWellFormed()).toBe(true);
    }
  });
});

describe("what a mail points at", () => {
  const all = [...Object.values(CAUSE_WORDS), { query: UNEXPECTED_FAILURES, command: undefined }];

  it("is a query of that name", () => {
    for (const { query } of all) {
      expect(readFileSync(`${root}${query.file}`, "utf8").split("\n")[0]).toBe(`// ${query.name}`);
    }
  });

  it("is a command that there is, and a document", () => {
    const documented = readFileSync(`${root}docs/cli.md`, "utf8");
    const named = all.flatMap(({ command }) => command?.match(/^bridge [\w-]+(?: [\w-]+)*/)?.[0] ?? []);
    expect(named.length).toBeGreaterThan(1);
    for (const name of named) expect(documented).toContain(`\n## ${name}\n`);
    expect(existsSync(`${root}docs/notifications.md`)).toBe(true);
  });
});
