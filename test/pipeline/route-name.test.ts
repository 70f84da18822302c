import { expect, it } from "vitest";
import { EVENT_HUB_SINK, routeName } from "../../src/pipeline/route-name.ts";

it("names a route by its feed and its sink, for ever in the same form", () => {
  expect(routeName("default", EVENT_HUB_SINK)).toBe("default@event-hub");
});
