// Reads vitest's JSON report and ends with one plain line; fails when a test failed, was skipped, or none ran.
import { readFileSync } from "node:fs";

const report: unknown = JSON.parse(readFileSync(new URL("../coverage/tests.json", import.meta.url), "utf8"));
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = Object(report);
const skipped = Number(numPendingTests) + Number(numTodoTests);
process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped\n`);
if (!(Number(numPassedTests) > 0) || Number(numFailedTests) > 0 || skipped > 0) process.exitCode = 1;
