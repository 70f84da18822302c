// Controls of what is shipped and of what operators see; the others are in control-list.ts.
import type { Control } from "./control-list.ts";

export const shippingControls: readonly Control[] = [
  {
    name: "bundle of what happens to be installed",
    promise: "nothing is in the package that is not among its locked dependencies",
    edits: [{ file: "scripts/bundle.ts", find: ', "supports-color"]', replace: "]" }],
    check: ["test/package/package.test.ts"],
  },
  {
    name: "SBOM of direct dependencies only",
    promise: "the SBOM lists everything that is shipped",
    edits: [{ file: "scripts/production-tree.ts", find: "waiting.push(...locked.dependencies);", replace: "" }],
    check: ["test/package/supply-chain.test.ts"],
  },
  {
    name: "summary member renamed",
    promise: "the queries read what the summary line has",
    edits: [{ file: "src/telemetry/run-summary.ts", find: "lagSeconds:", replace: "lag:" }],
    check: ["test/queries/queries.test.ts"],
  },
];
