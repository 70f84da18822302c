// Whether the broker for the tests of the Kafka sink can be had here, and what is left out where it cannot.
import { spawnSync } from "node:child_process";

/** Debian's kcat brings the broker; where it is missing these files are left out, and the run says so. */
export const needKcat = { tests: "test/sinks/kafka/**", sources: "src/sinks/kafka*.ts" } as const;

export const kcatIsInstalled = spawnSync("kcat", ["-V"]).error === undefined;

export const leftOutWithoutKcat =
  `LEFT OUT: the Kafka sink against a real broker (${needKcat.tests}), as kcat is not installed. ` +
  "This brings it: apt-get install -y kcat";
