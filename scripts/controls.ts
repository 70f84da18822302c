// npm run controls: breaks each promise in a copy of the source and sees that its check notices. `--only TEXT` picks some by
// name, `--part 1/2` those of every second check.
import { parseArgs } from "node:util";
import { isMissing, leftOutWithout, missingParts } from "../dev/debian-parts.ts";
import { controls } from "./control-list.ts";
import { cliControls } from "./control-list-cli.ts";
import { dashboardControls, pageControls } from "./control-list-dashboard.ts";
import { hubControls } from "./control-list-hubs.ts";
import { formatControls, kafkaControls } from "./control-list-kafka.ts";
import { noticeControls } from "./control-list-notices.ts";
import { operationControls } from "./control-list-operations.ts";
import { privacyControls } from "./control-list-privacy.ts";
import { pushControls } from "./control-list-push.ts";
import { routeControls } from "./control-list-routes.ts";
import { leanControls } from "./control-list-lean.ts";
import { notifyControls } from "./control-list-notify.ts";
import { memoryControls } from "./control-list-memory.ts";
import { shippingControls } from "./control-list-shipping.ts";
import { sinkControls } from "./control-list-sinks.ts";
import { telemetryControls } from "./control-list-telemetry.ts";
import { webhookControls } from "./control-list-webhook.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

const WORDS = { passed: "NOT NOTICED", noticed: "noticed    ", broken: "BROKEN     " } as const;
/** Checks wait part of their time, so that three keep two processors busy; each workshop has a copy of its own. */
const AT_ONCE = 3;

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, part: { type: "string", default: "1/1" } },
});
const all = [
  ...controls,
  ...leanControls,
  ...notifyControls,
  ...memoryControls,
  ...shippingControls,
  ...privacyControls,
  ...sinkControls,
  ...hubControls,
  ...routeControls,
  ...cliControls,
  ...pushControls,
  ...formatControls,
  ...(isMissing("kcat") ? [] : kafkaControls),
  ...telemetryControls,
  ...webhookControls,
  ...noticeControls,
  ...operationControls,
  ...dashboardControls,
  ...(isMissing("chromium") ? [] : pageControls),
];
const [part = 1, parts = 1] = values.part.split("/").map(Number);
if (!(part >= 1 && part <= parts)) throw new Error(`--part ${values.part} is not a part such as 1/2`);
const everyCheck = [...new Set(all.map(({ check }) => String(check)))];
const chosen = all.filter(
  ({ name, check }) => name.includes(values.only) && everyCheck.indexOf(String(check)) % parts === part - 1,
);
const workshops = Array.from({ length: AT_ONCE }, openWorkshop);
let unnoticed = 0;
try {
  const checks = new Map(chosen.map(({ check }) => [String(check), check]));
  await shareOut([...checks], async (workshop, [what, check]) => {
    const { kind, why } = await workshop.run(check);
    if (kind !== "passed") throw new Error(`the source as it is fails already: ${what}\n${why}`);
  });
  await shareOut(chosen, async (workshop, control) => {
    const verdict = await workshop.breakAndCheck(control);
    if (verdict.kind !== "noticed") unnoticed += 1;
    const { name, promise } = control;
    process.stdout.write(`${WORDS[verdict.kind]}  ${name.padEnd(44)} ${promise}\n             ${verdict.why}\n`);
  });
} finally {
  for (const workshop of workshops) workshop.remove();
}
process.stdout.write(`${chosen.length - unnoticed} of ${chosen.length} controls noticed, of ${all.length} in all\n`);
for (const missing of missingParts) process.stdout.write(`${leftOutWithout(missing)}\n`);
if (unnoticed > 0 || chosen.length === 0) process.exitCode = 1;

/** Each workshop takes the next item as soon as it is done with one. */
async function shareOut<Item>(
  items: readonly Item[],
  work: (workshop: Workshop, item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    workshops.map(async (workshop) => {
      for (const item of waiting) await work(workshop, item);
    }),
  );
}
