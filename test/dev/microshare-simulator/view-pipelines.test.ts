// The pipeline language of views: stages, operators and refusals.
import { describe, expect, it } from "vitest";
import { getterOf, ViewQueryError } from "../../../dev/microshare-simulator/view-documents.ts";
import type { Doc } from "../../../dev/microshare-simulator/view-documents.ts";
import { compileMatch } from "../../../dev/microshare-simulator/view-match.ts";
import { parsePipeline, runPipeline } from "../../../dev/microshare-simulator/view-stages.ts";

const docs: Doc[] = [
  { value: { _id: "1", n: 1, tag: ["a", "b"], at: "2025-03-04T08:00:00.000Z", deep: { list: [{ x: 1 }] } } },
  { value: { _id: "2", n: 2, tag: ["b"], at: "2025-03-04T09:00:00.000Z" } },
  { value: { _id: "3", n: 3, tag: [], name: "three" } },
];

function matched(filter: unknown): string[] {
  return docs.filter(compileMatch(filter)).map((doc) => String(getterOf("_id")(doc)));
}

function run(...stages: Record<string, unknown>[]): unknown[] {
  return runPipeline(stages, docs).map((doc) => ("value" in doc ? doc.value : undefined));
}

describe("match", () => {
  it.each([
    [{ n: 2 }, ["2"]],
    [{ n: { $eq: 2 } }, ["2"]],
    [{ n: { $ne: 2 } }, ["1", "3"]],
    [{ n: { $gt: 1, $lt: 3 } }, ["2"]],
    [{ n: { $gte: 2, $lte: 3 } }, ["2", "3"]],
    [{ tag: "b" }, ["1", "2"]],
    [{ tag: { $all: ["a", "b"] } }, ["1"]],
    [{ tag: { $all: [] } }, []],
    [{ tag: { $in: ["a", "z"] } }, ["1"]],
    [{ name: { $exists: true } }, ["3"]],
    [{ name: { $regex: "^th" } }, ["3"]],
    [{ at: { $gte: { $date: "2025-03-04T10:00:00+0200" } } }, ["1", "2"]],
    [{ at: { $lt: { $date: Date.parse("2025-03-04T08:30:00Z") } } }, ["1"]],
    [{ "deep.list.0.x": 1 }, ["1"]],
    [{ "deep.list.x.y": 1 }, []],
    [{ $or: [{ n: 1 }, { $and: [{ n: 3 }, { name: "three" }] }] }, ["1", "3"]],
    [{ n: { $gt: "1" } }, []],
  ])("%j finds %j", (filter, expected) => {
    expect(matched(filter)).toEqual(expected);
  });

  it.each([
    ["text", "must be an expression"],
    [{ $where: 1 }, "unknown top level operator"],
    [{ $and: {} }, "must be an array"],
    [{ n: { $near: 1 } }, "unknown operator: $near"],
    [{ n: { $all: "a" } }, "'$all needs an array'"],
    [{ n: { $regex: 5 } }, "$regex has to be a string"],
    [{ n: { $regex: "(" } }, "Regular expression is invalid"],
    [{ n: { $date: "noon" } }, "expected a date string"],
    [{ n: { $date: {} } }, "expected a date string"],
  ])("%j is refused", (filter, message) => {
    expect(() => compileMatch(filter)).toThrow(ViewQueryError);
    expect(() => compileMatch(filter)).toThrow(message);
  });
});

describe("stages", () => {
  it("sort, skip and limit", () => {
    const stages = [{ $sort: { tag: 1, n: -1 } }, { $skip: 1 }, { $limit: 1 }];
    expect(run(...stages)).toMatchObject([{ n: 2 }]);
  });

  it("project names, paths, nested parts and no id", () => {
    const wanted = { _id: 0, n: 1, "deep.list": 1, copy: { of: "$n", absent: "$nothing" }, fixed: 7, text: "plain" };
    expect(run({ $limit: 1 }, { $project: wanted })).toEqual([
      { n: 1, deep: { list: [{ x: 1 }] }, copy: { of: 1 }, text: "plain", fixed: 7 },
    ]);
  });

  it("group with every accumulator", () => {
    const group = {
      _id: null,
      all: { $push: "$n" },
      sum: { $sum: "$n" },
      first: { $first: "$n" },
      last: { $last: "$n" },
    };
    expect(run({ $group: group })).toEqual([{ _id: null, all: [1, 2, 3], sum: 6, first: 1, last: 3 }]);
    const whole = run({ $group: { _id: "$_id", docs: { $push: "$$ROOT" } } });
    expect(whole[1]).toEqual({ _id: "2", docs: [expect.objectContaining({ n: 2 })] });
  });

  it("match again further down", () => {
    expect(run({ $match: { n: { $gt: 1 } } }, { $match: { n: { $lt: 3 } } })).toMatchObject([{ n: 2 }]);
  });

  it.each([
    [{ $out: "x" }, "Unrecognized pipeline stage name: '$out'"],
    [{ $limit: 0 }, "must be a positive number"],
    [{ $sort: 1 }, "$sort key"],
    [{ $project: 1 }, "$project specification"],
    [{ $group: { sum: 1 } }, "must include an _id"],
    [{ $group: { _id: null, x: { $median: 1 } } }, "unknown group operator '$median'"],
    [{ $group: { _id: null, x: 1 } }, "unknown group operator ''"],
  ])("%j is refused", (stage, message) => {
    expect(() => run(stage)).toThrow(message);
  });

  it("must be an array of objects", () => {
    expect(() => parsePipeline("{}")).toThrow("array of stages");
    expect(() => parsePipeline("[1]")).toThrow("array of stages");
    expect(() => parsePipeline("[")).toThrow("JSONParseException");
  });
});
