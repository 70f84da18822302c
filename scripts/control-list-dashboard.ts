// Controls of the dashboard; the others are in control-list.ts.
import type { Control } from "./control-list.ts";

export const dashboardControls: readonly Control[] = [
  {
    name: "dashboard without its token",
    promise: "the dashboard shows nothing to who does not know the token of its address",
    edits: [
      {
        file: "src/cli/dashboard/guard.ts",
        find: "  if (!functionKeyCheck(token)(shown)) {",
        replace: "  if (!functionKeyCheck(token)(shown) && shown === undefined) {",
      },
    ],
    check: ["test/dashboard/server.test.ts", "-t", "without the token"],
  },
  {
    name: "dashboard under any name",
    promise: "a page whose name was made to mean this machine cannot read the dashboard",
    edits: [
      {
        file: "src/cli/dashboard/guard.ts",
        find: "  if (headers.host !== host && headers.host !== local) {",
        replace: "  if (headers.host === undefined) {",
      },
    ],
    check: ["test/dashboard/server.test.ts", "-t", "names of this machine"],
  },
];

/** They need a browser. */
export const pageControls: readonly Control[] = [
  {
    name: "text of a record put in as HTML",
    promise: "what a record brings is shown as the text that it is",
    edits: [
      {
        file: "src/cli/dashboard/page/dom.js",
        find: '  for (const child of children) made.append(typeof child === "string" ? document.createTextNode(child) : child);',
        replace:
          '  for (const child of children) typeof child === "string" ? made.insertAdjacentHTML("beforeend", child) : made.append(child);',
      },
    ],
    check: ["test/dashboard/browser.test.ts", "-t", "hostile record"],
  },
];
