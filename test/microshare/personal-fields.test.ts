import { describe, expect, it } from "vitest";
import { removePersonalFields } from "../../src/microshare/personal-fields.ts";
import { fc } from "../fast-check.ts";
import { parsedWithout, PERSONAL } from "./personal-paths.ts";

function remove(text: string): string {
  return Buffer.from(removePersonalFields(Buffer.from(text))).toString("utf8");
}

/** JSON text in pieces: what stands in it is known without reading it. */
interface Piece {
  readonly text?: string;
  readonly list?: readonly Piece[];
  readonly members?: readonly Member[];
}

interface Member {
  readonly name: string;
  /** As it stands in the text, with its quotes. */
  readonly written: string;
  readonly spaces: readonly [before: string, afterName: string, beforeValue: string, after: string];
  readonly value: Piece;
}

const space = fc.constantFrom("", "", " ", "\n  ", "\t", "\r\n");
const leaf = fc.constantFrom(
  `"pipeline@example.com"`,
  `"}{,\\"]["`,
  `"192.0.2.10"`,
  "1.50",
  "-0",
  "12345678901234567890",
  "1e3",
  "true",
  "null",
  `"\\u0041\\\\"`,
  `"é\u{1F600}"`,
  "{ }",
  "[ ]",
);
const names = [
  ...new Set(PERSONAL.flatMap((path) => path.split("."))),
  "creatorid",
  "creatorIdx",
  "creatorI",
  "tokendata2",
  "",
  "é",
  'a"b}',
];

/** The same name with some of its characters escaped. */
function writtenName(name: string, escapes: readonly boolean[]): string {
  const characters = Array.from(name, (character, index) => {
    const plain = JSON.stringify(character).slice(1, -1);
    if (escapes[index] !== true || character.length > 1) return plain;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${characters.join("")}"`;
}

const { record } = fc.letrec<{ piece: Piece; record: Piece; member: Member }>((tie) => ({
  piece: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf.map((text) => ({ text })),
    fc.array(tie("piece"), { maxLength: 3 }).map((list) => ({ list })),
    tie("record"),
  ),
  member: fc
    .tuple(
      fc.constantFrom(...names),
      fc.array(fc.boolean(), { maxLength: 4 }),
      fc.tuple(space, space, space, space),
      tie("piece"),
    )
    .map(([name, escapes, spaces, value]) => ({ name, written: writtenName(name, escapes), spaces, value })),
  record: fc.array(tie("member"), { maxLength: 6 }).map((members) => ({ members })),
}));

/** The text, or what has to be left of it: `at` is where the piece stands, undefined where nothing personal can be. */
function write({ text, list, members }: Piece, at: string | undefined): string {
  if (text !== undefined) return text;
  if (list !== undefined) {
    // Of a list in a list nothing is looked at.
    return `[${list.map((one) => write(one, one.list === undefined ? at : undefined)).join(" , ")}]`;
  }
  const all = members ?? [];
  const isGone = ({ name }: Member): boolean => at !== undefined && PERSONAL.includes(at + name);
  const kept = all.filter((member) => !isGone(member));
  if (kept.length === 0) return `{${all[0]?.spaces[0] ?? ""}${all.at(-1)?.spaces[3] ?? ""}}`;
  const texts = kept.map((member) => {
    // A member takes the place of those that were removed just before it; the last one, of those behind it.
    let first = all.indexOf(member);
    for (let before = all[first - 1]; before !== undefined && isGone(before); before = all[first - 1]) first -= 1;
    const after = member === kept.at(-1) ? all.at(-1) : member;
    const value = write(member.value, at === undefined ? undefined : `${at}${member.name}.`);
    const [, afterName, beforeValue] = member.spaces;
    return `${all[first]?.spaces[0]}${member.written}${afterName}:${beforeValue}${value}${after?.spaces[3]}`;
  });
  return `{${texts.join(",")}}`;
}

describe("a record without its personal fields", () => {
  it("is the same text in every byte but the members that go", () => {
    fc.assert(
      fc.property(record, (piece) => {
        const text = write(piece, undefined);
        expect(remove(text)).toBe(write(piece, ""));
      }),
      { numRuns: 2000 },
    );
  });

  it("parses to the same record without them", () => {
    fc.assert(
      fc.property(record, (piece) => {
        const text = write(piece, undefined);
        expect(JSON.parse(remove(text))).toStrictEqual(parsedWithout(JSON.parse(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it("is the very same bytes when there is nothing to remove, whatever the JSON is", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const bytes = Buffer.from(text);
        expect(removePersonalFields(bytes)).toBe(bytes);
      }),
    );
  });

  it.each([
    ["the first member", `{"creatorId":"a@b.c", "n":1.50}`, `{"n":1.50}`],
    ["the last member", `{ "n":1.50 , "updaterId" : "a@b.c" }`, `{ "n":1.50 }`],
    ["the only member", `{ "creatorId": "a@b.c" }`, `{  }`],
    ["all members", `{"creatorId":"a","updaterId":"b"}`, `{}`],
    ["neighbours in the middle", `{"a":1,"creatorId":"a","updaterId":"b","z":2}`, `{"a":1,"z":2}`],
    ["one that stands twice", `{"creatorId":"a","n":1,"creatorId":"b"}`, `{"n":1}`],
    ["one with an escaped name", String.raw`{"creator\u0049d":"a","n":1}`, `{"n":1}`],
    ["one whose text holds braces", String.raw`{"creatorId":"}, \"n\": {","n":1}`, `{"n":1}`],
    ["one that is an object", `{"origin":{"tokendata":{"ip":"192.0.2.11"}},"n":1}`, `{"n":1}`],
    ["an inner one", `{"owner": {"org": "x", "user": "a@b.c"}, "n": 1}`, `{"owner": {"org": "x"}, "n": 1}`],
    [
      "those of co-owners",
      `{"owner":{"owners":[{"user":"a"},{"org":"x","user":"b"}]}}`,
      `{"owner":{"owners":[{},{"org":"x"}]}}`,
    ],
    [
      "those of an incident",
      `{"data":{"current":{"assignee":["a@b.c"],"claimee":"a@b.c","count":1},"origin":[{"data":{"initiator":"a@b.c","robot":true}}]}}`,
      `{"data":{"current":{"count":1},"origin":[{"data":{"robot":true}}]}}`,
    ],
  ])("loses %s", (_, text, rest) => {
    expect(remove(text)).toBe(rest);
  });

  it.each([
    ["a name that only begins alike", `{"creatorIdx":1,"creatorI":2,"CREATORID":3}`],
    [
      "the same name where it means something else",
      `{"data":{"change":{"user":"x"},"user":"y"},"meta":{"creatorId":1}}`,
    ],
    ["what a device says of its own origin", `{"data":{"origin":{"deviceClusterId":"67c6"}}}`],
    ["a text", `"creatorId"`],
    ["a number", "1"],
  ])("keeps %s", (_, text) => {
    expect(remove(text)).toBe(text);
  });

  it("is found in time and without a deep stack, however deep the lists and objects are nested", () => {
    const deep = `${'{"data":['.repeat(20_000)}1${"]}".repeat(20_000)}`;
    expect(remove(`{"creatorId":1,"owner":${deep},"data":${deep}}`)).toBe(`{"owner":${deep},"data":${deep}}`);
  });
});
