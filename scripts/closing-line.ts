// Reads vitest's JSON report and ends with one plain line; fails when a test failed, was skipped without a reason, or none
// ran, and when a test file was left out. A skipped case of a contract carries its reason (`test/contracts/sink.ts`), which
// is printed.
import { globSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { leftOutWithout, missingParts } from "../dev/debian-parts.ts";

const assertion = z.object({
  status: z.string(),
  fullName: z.string(),
  meta: z.object({ notPromised: z.string().optional() }),
});
const reportForm = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ name: z.string(), assertionResults: z.array(assertion) })),
});

const root = fileURLToPath(new URL("..", import.meta.url));
const report = reportForm.parse(JSON.parse(readFileSync(new URL("../coverage/tests.json", import.meta.url), "utf8")));
const neither = report.testResults
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ status }) => status !== "passed" && status !== "failed");
const notPromised = neither.filter(({ meta }) => (meta.notPromised ?? "") !== "");
const skipped = neither.filter((one) => !notPromised.includes(one));
const ran = new Set(report.testResults.map(({ name }) => relative(root, name)));
const leftOut = globSync("test/**/*.test.ts", { cwd: root }).filter((file) => !ran.has(file));
for (const { fullName, meta } of notPromised) process.stdout.write(`not promised: ${fullName}: ${meta.notPromised}\n`);
for (const { fullName } of skipped) process.stdout.write(`skipped: ${fullName}\n`);
for (const file of leftOut) process.stdout.write(`left out: ${file}\n`);
for (const part of missingParts) process.stdout.write(`${leftOutWithout(part)}\n`);
const { numPassedTests, numFailedTests } = report;
process.stdout.write(
  `${numPassedTests} passed, ${numFailedTests} failed, ${skipped.length} skipped, ${notPromised.length} not promised, ` +
    `${leftOut.length} files left out\n`,
);
if (!(numPassedTests > 0) || numFailedTests + skipped.length + leftOut.length > 0) process.exitCode = 1;
