import { expect, it } from "vitest";
import { lineAttributes } from "../../src/telemetry/line-attributes.ts";

it.each([
  [
    `Microshare {"run":"r","route":"a@hub","read":3,"pastDue":true,"warnings":["X"],"error":{"code":"NOT_FOUND"}}`,
    { run: "r", route: "a@hub", read: 3, pastDue: true, errorCode: "NOT_FOUND" },
  ],
  [`Microshare {"run":"r","route":"[secret]}`, { outcome: "unreadable" }],
  ["Route a@hub: storage is down", { route: "a@hub" }],
  ["Route a@hub is in the hands of another run: r", { route: "a@hub" }],
  ["Microshare is fine", {}],
  ["anything", {}],
])("finds the facts of %s", (line, attributes) => {
  expect(lineAttributes(line)).toEqual(attributes);
});
