// Controls of the bound on what is held in memory; the others are in control-list.ts.
import type { Control } from "./control-list.ts";

export const memoryControls: readonly Control[] = [
  {
    name: "no bound on what is on its way",
    promise: "no more than IN_FLIGHT_MAX_BYTES is read ahead or held back",
    edits: [
      {
        file: "src/pipeline/in-flight.ts",
        find: "const hasRoom = (more: number): boolean => bytes + more <= maxBytes;",
        replace: "const hasRoom = (more: number): boolean => bytes + more >= 0;",
      },
    ],
    check: ["test/pipeline/in-flight.test.ts"],
  },
  {
    name: "what is delivered counted for ever",
    promise: "bytes count until their records are settled, and no longer",
    edits: [
      {
        file: "src/pipeline/forward-load.ts",
        find: "    deps.inFlight.letGo(slice);\n",
        replace: "",
      },
    ],
    check: ["test/pipeline/in-flight.test.ts"],
  },
];
