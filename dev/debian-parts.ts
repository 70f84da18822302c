// Programs of Debian that some tests are made on, and what is left out where one of them is missing.
import { spawnSync } from "node:child_process";

export interface DebianPart {
  readonly program: string;
  /** What `apt-get install` takes. */
  readonly package: string;
  /** Globs of the test files that need it. */
  readonly tests: string;
  /** Globs of the sources that nothing else tests. */
  readonly sources?: string;
  /** What those tests show, in words that follow "LEFT OUT: ". */
  readonly shows: string;
}

const PARTS: readonly DebianPart[] = [
  {
    program: "kcat",
    package: "kcat",
    tests: "test/sinks/kafka/**",
    sources: "src/sinks/kafka*.ts",
    shows: "the Kafka sink against a real broker",
  },
  {
    program: "nginx",
    package: "nginx-light",
    tests: "test/deployment/nginx*.test.ts",
    shows: "the configuration of nginx on the real one",
  },
  {
    program: "chromium",
    package: "chromium",
    tests: "test/dashboard/browser*.test.ts",
    shows: "the dashboard in a real browser",
  },
];

export const missingParts: readonly DebianPart[] = PARTS.filter(
  ({ program }) => spawnSync(program, ["--version"], { stdio: "ignore" }).error !== undefined,
);

export function isMissing(program: string): boolean {
  return missingParts.some((part) => part.program === program);
}

export function leftOutWithout(part: DebianPart): string {
  return `LEFT OUT: ${part.shows} (${part.tests}), as ${part.program} is not installed. This brings it: apt-get install -y ${part.package}`;
}
