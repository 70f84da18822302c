// Reads vitest's JSON report and ends with one plain line; fails when a test failed, was skipped without a reason, or none
// ran. A skipped case of a contract carries its reason (`test/contracts/sink.ts`), which is printed.
import { readFileSync } from "node:fs";
import { z } from "zod";

const assertion = z.object({
  status: z.string(),
  fullName: z.string(),
  meta: z.object({ notPromised: z.string().optional() }),
});
const reportForm = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ assertionResults: z.array(assertion) })),
});

const report = reportForm.parse(JSON.parse(readFileSync(new URL("../coverage/tests.json", import.meta.url), "utf8")));
const neither = report.testResults
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ status }) => status !== "passed" && status !== "failed");
const notPromised = neither.filter(({ meta }) => (meta.notPromised ?? "") !== "");
const skipped = neither.filter((one) => !notPromised.includes(one));
for (const { fullName, meta } of notPromised) process.stdout.write(`not promised: ${fullName}: ${meta.notPromised}\n`);
for (const { fullName } of skipped) process.stdout.write(`skipped: ${fullName}\n`);
const { numPassedTests, numFailedTests } = report;
process.stdout.write(
  `${numPassedTests} passed, ${numFailedTests} failed, ${skipped.length} skipped, ${notPromised.length} not promised\n`,
);
if (!(numPassedTests > 0) || numFailedTests > 0 || skipped.length > 0) process.exitCode = 1;
