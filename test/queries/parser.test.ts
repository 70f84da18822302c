import { describe, expect, it } from "vitest";
import { readQueries } from "../../scripts/queries.ts";
import { complaints } from "./kusto.ts";

const queries = await readQueries();

describe("Microsoft's own parser", () => {
  it.each(queries)("takes $file", ({ text }) => {
    expect(complaints(text)).toEqual([]);
  });

  it("would complain", () => {
    expect(complaints("AppTraces | where Mesage has 'x'")).toEqual([
      expect.stringContaining("'Mesage' does not refer"),
    ]);
    expect(complaints("AppTraces | sumarize count()")).not.toEqual([]);
    expect(complaints("AppTraces | extend m = tolong(Message) | where m has 'x'")).not.toEqual([]);
  });
});
