import { describe, expect, it } from "vitest";
import * as z from "zod";
import { faultsOf, problem } from "../../src/http/problem-details.ts";

describe("an answer that says no", () => {
  it("has the form of RFC 9457", () => {
    expect(problem(415, "Send JSON.")).toEqual({
      status: 415,
      headers: { "content-type": "application/problem+json" },
      body: { type: "about:blank", title: "Unsupported Media Type", status: 415, detail: "Send JSON." },
    });
  });

  it("says when to come again, in whole seconds and never at once", () => {
    const waits = [0, 1, 1000, 1001].map(
      (retryAfterMs) => problem(429, "Wait.", { retryAfterMs }).headers["retry-after"],
    );
    expect(waits).toEqual(["1", "1", "1", "2"]);
  });

  it("lists every fault of a body, each with its place", () => {
    const schema = z.object({ "a/b~c": z.array(z.string("is no text")), d: z.number("is no number") });
    const { error } = schema.safeParse({ "a/b~c": ["x", 1] });
    expect(error && faultsOf(error)).toEqual([
      { pointer: "/a~1b~0c/1", detail: "is no text" },
      { pointer: "/d", detail: "is no number" },
    ]);
    const whole = schema.safeParse([]).error;
    expect(whole && faultsOf(whole)).toMatchObject([{ pointer: "" }]);
  });
});
