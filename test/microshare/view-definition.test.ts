import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readyMadeViews } from "../../dev/microshare-simulator/view-definitions.ts";
import { readViewDefinition } from "../../src/microshare/view-definition.ts";

const match = `{"$match": {"recType": "\${recType}", "createDate": {"$gte": {"$date": "\${from}"}, "$lt": {"$date": "\${to}"}}}}`;
const pushed = `{"$group": {"_id": "$a", "line": {"$push": {"time": "$data.time"}}}}`;
const summed = `{"$group": {"_id": "$a", "sum": {"$sum": "$data.n"}}}`;

function definition(query: unknown, parameters: Readonly<Record<string, string>> = {}) {
  const read = readViewDefinition(query, parameters);
  if (read === undefined) throw new Error("there is no definition");
  return read;
}

const ofStages = (...stages: string[]) => definition(`[${stages.join(",")}]`);
const boundsOf = (filter: string) => ofStages(`{"$match": ${filter}}`).bounds;

describe("the definition of a view", () => {
  it("names its placeholders once each, quoted or bare, whatever else stands in the query", () => {
    const query = `[{"$match": {"a": "\${from}", "b": \${dataContext}, "c": "x \${ loc1 } \${from}", "d": "\${a + 1}"}}] // \${late}`;
    expect(definition(query).placeholders).toEqual(["from", "dataContext", "loc1", "late"]);
  });

  it.each([undefined, null, "", "  "])("is none where its query is %j", (query) => {
    expect(readViewDefinition(query, {})).toBeUndefined();
  });

  it("may be JSON instead of text, and an object around the pipeline", () => {
    expect(definition([{ $match: {} }, { $limit: 5 }]).limits).toEqual({ records: 5 });
    expect(definition({ pipeline: [{ $match: {} }, { $limit: 6 }] }).limits).toEqual({ records: 6 });
  });

  it("can be read for every view of the simulator", () => {
    const { views, ids } = readyMadeViews(1);
    const read = new Map(views.map(({ id, query }) => [id, definition(query)]));
    expect(read.get(ids.snapshotDashboard)).toEqual({
      placeholders: expect.arrayContaining(["dataContext", "loc1", "field6", "ownerOrg", "category", "metric", "from"]),
      limits: { records: 999 },
      standsFor: "records",
      bounds: { field: "data.meta.iot.time", fromInclusive: true, toInclusive: true },
    });
    expect(read.get(ids.peopleDashboard)?.bounds).toEqual({
      field: "data.meta.iot.time",
      fromInclusive: false,
      toInclusive: false,
    });
    expect(read.get(ids.projected)).toMatchObject({
      standsFor: "records",
      bounds: { field: "createDate", fromInclusive: false, toInclusive: true },
    });
    expect(read.get(ids.smallLimit)?.limits).toEqual({ records: 25 });
    expect(read.get(ids.counting)).toMatchObject({ limits: { records: 2500 }, standsFor: "a count" });
  });

  it("never fails, whatever the text is", () => {
    const pieces = fc.constantFrom(
      "[",
      "]",
      "{",
      "}",
      '"',
      "\\",
      ":",
      ",",
      "$limit",
      "$match",
      "$group",
      "${from}",
      "5",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 40 }), (texts) => {
        expect(() => readViewDefinition(texts.join(""), { a: '"' })).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the limit of a definition", () => {
  it.each([
    ["999 where there is none", [match], { records: 999 }],
    ["its own", [match, `{"$limit": 25}`], { records: 25 }],
    ["the smallest of several", [match, `{"$limit": 500}`, `{"$sort": {}}`, `{"$limit": 50}`], { records: 50 }],
    ["its own although larger", [match, `{"$limit": 5000}`, pushed], { records: 5000 }],
    [
      "one for the records and one for the groups",
      [match, `{"$limit": 70}`, pushed, `{"$limit": 9}`],
      { records: 70, groups: 9 },
    ],
    ["the silent one where only the groups have one", [match, pushed, `{"$limit": 9}`], { records: 999, groups: 9 }],
    ["a number in old writing", [match, `{"$limit": {"$numberLong": "70"}}`], { records: 70 }],
  ])("is %s", (_name, stages, limits) => {
    expect(ofStages(...stages).limits).toEqual(limits);
  });

  it("may be one of the feed's parameters, and is unknown where it is another's", () => {
    for (const limit of ["${size}", '"${size}"']) {
      expect(definition(`[${match}, {"$limit": ${limit}}]`, { size: "40" }).limits).toEqual({ records: 40 });
      expect(definition(`[${match}, {"$limit": ${limit}}]`).limits).toEqual({});
    }
  });

  it.each([
    ["comments", `[${match}, /* newest */ {"$limit": 40}]`, { records: 40 }],
    ["single quotes", "[{'$match': {'a': ISODate('${from}')}}, {'$limit': 40}]", { records: 40 }],
    ["bare names", "[{$match: {}}, {$limit: 40}, {$limit: 30}]", { records: 30 }],
    ["no limit", "[{$match: {}}]", { records: 999 }],
    ["a limit behind the grouping", "[{$match: {}}, {$group: {_id: 1}}, {$limit: 5}]", { records: 999 }],
    ["a limit nobody fills", "[{$match: {}}, {$limit: ${size}}]", {}],
  ])("is found by its spelling in a query that is no JSON: %s", (_name, query, limits) => {
    expect(definition(query)).toMatchObject({ limits, standsFor: "unknown" });
    expect(definition(query).limits).toEqual(limits);
  });

  it("may be a parameter there, too", () => {
    expect(definition("[{$limit: ${size}}]", { size: "7" }).limits).toEqual({ records: 7 });
  });
});

describe("what one result of a view stands for", () => {
  it.each([
    ["records", "nothing follows the match", [match]],
    [
      "records",
      "they are only sorted and projected",
      [match, `{"$limit": 5}`, `{"$sort": {"a": 1}}`, `{"$project": {"a": 1}}`],
    ],
    ["records", "they are selected before the limit", [match, `{"$match": {"a": 1}}`, `{"$limit": 5}`]],
    ["records", "each is pushed into a line", [match, pushed, `{"$sort": {"a": 1}}`, `{"$project": {"line": 1}}`]],
    ["records", "each is pushed as a whole", [match, `{"$group": {"_id": 1, "line": {"$push": "$$ROOT"}}}`]],
    ["groups", "they are summed up", [match, summed]],
    ["groups", "a field is pushed, which may be missing", [match, `{"$group": {"_id": 1, "line": {"$push": "$a"}}}`]],
    ["groups", "equal ones are put together", [match, `{"$group": {"_id": 1, "line": {"$addToSet": {"a": "$a"}}}}`]],
    ["groups", "they are grouped twice", [match, summed, pushed]],
    ["groups", "their lines are cut", [match, pushed, `{"$project": {"line": {"$slice": ["$line", 3]}}}`]],
    ["groups", "their lines are left out", [match, pushed, `{"$project": {"_id": 1}}`]],
    ["groups", "their lines are made anew", [match, pushed, `{"$addFields": {"line": []}}`]],
    ["groups", "they are put into buckets", [match, `{"$bucketAuto": {"groupBy": "$a", "buckets": 4}}`]],
    ["groups", "groups are counted", [match, summed, `{"$count": "n"}`]],
    ["a selection", "they are selected behind the limit", [match, `{"$limit": 5}`, `{"$match": {"a": 1}}`]],
    ["a selection", "they are selected behind the silent limit", [match, `{"$match": {"a": 1}}`]],
    ["a selection", "they are taken apart", [match, `{"$unwind": "$a"}`, pushed]],
    ["a selection", "lines are taken apart", [match, pushed, `{"$unwind": "$line"}`]],
    ["a selection", "a stage has two names", [match, `{"$sort": {}, "$limit": 5}`, `{"$sort": {}, "$skip": 5}`]],
    ["a count", "it counts", [match, `{"$limit": 5}`, `{"$count": "n"}`]],
  ])("is %s where %s", (standsFor, _why, stages) => {
    expect(ofStages(...stages).standsFor).toBe(standsFor);
  });

  it("is a count in a query that is no JSON, too", () => {
    expect(definition("[{$match: {}}, {$count: 'n'}]").standsFor).toBe("a count");
  });
});

const window = (from: string, to: string) => `{"${from}": "\${from}", "${to}": "\${to}"}`;

describe("the bounds of a view", () => {
  it.each([
    ["$gte", "$lte", true, true],
    ["$gt", "$lt", false, false],
    ["$gte", "$lt", true, false],
    ["$gt", "$lte", false, true],
  ])("are read from %s and %s", (from, to, fromInclusive, toInclusive) => {
    const bounds = { field: "data.time", fromInclusive, toInclusive };
    expect(boundsOf(`{"a": 1, "data.time": ${window(from, to)}}`)).toEqual(bounds);
    expect(boundsOf(`{"$and": [{"b": 1}, {"data.time": ${window(from, to)}}]}`)).toEqual(bounds);
  });

  it.each([
    ["two fields are compared", `{"createDate": ${window("$gte", "$lte")}, "data.time": ${window("$gte", "$lte")}}`],
    ["either of two may hold", `{"$or": [{"a": ${window("$gte", "$lte")}}, {"b": 1}]}`],
    ["a bound is worked out", `{"a": ${window("$gte", "$lte")}, "$expr": {"$lt": ["$b", "\${to}"]}}`],
    ["a bound is part of a longer text", `{"a": {"$gte": "\${from}Z", "$lte": "\${to}"}}`],
    ["a bound has another name", `{"a": {"$gte": "\${start}", "$lte": "\${end}"}}`],
    ["a bound is missing", `{"a": {"$gte": "\${from}"}}`],
    ["they stand the wrong way round", `{"a": {"$lte": "\${from}", "$gte": "\${to}"}}`],
    ["there is no filter", `"all"`],
  ])("stay unknown where %s", (_name, filter) => {
    expect(boundsOf(filter)).toBeUndefined();
  });
});
