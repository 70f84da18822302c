// How the tests run: `vitest run`, or `vitest run --coverage` for the gate on branch coverage.
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { missingParts } from "./dev/debian-parts.ts";

const coveredFolders = ["src/pipeline", "src/microshare", "src/state", "src/sinks"];

/** Files that take a minute begin first, so that none of them is left for the end, when one process has nothing else to do. */
const SLOW = /\/test\/(?:simulation|e2e|drills)\//;

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files.filter(isSlow), ...files.filter((file) => !isSlow(file))];
  }
}

function isSlow({ moduleId }: TestSpecification): boolean {
  return SLOW.test(moduleId);
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...missingParts.map(({ tests }) => tests)],
    globalSetup: ["test/global-setup.ts"],
    // Processes, not threads: some tests change the environment or send signals.
    pool: "forks",
    // One process serves many files: loading the SDKs anew for each would take longer than the tests.
    isolate: false,
    unstubEnvs: true,
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    // They import JSON without saying so, which Node refuses and the bundler of the tests does not.
    server: { deps: { inline: [/@actions\/(?:workflow-parser|expressions)/] } },
    testTimeout: 20_000,
    hookTimeout: 40_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      // What nothing could test here says nothing about the rest.
      exclude: missingParts.flatMap(({ sources }) => sources ?? []),
      reporter: ["text-summary", "json-summary", "html"],
      thresholds: Object.fromEntries(coveredFolders.map((folder) => [`${folder}/**`, { branches: 90 }])),
    },
  },
});
