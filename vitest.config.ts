// How the tests run: `vitest run`, or `vitest run --coverage` for the gate on branch coverage.
import { defineConfig } from "vitest/config";

const coveredFolders = ["src/pipeline", "src/microshare", "src/state", "src/sinks"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/global-setup.ts"],
    // Processes, not threads: some tests count open handles or send signals, and the stand-ins keep two cores busy.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 40_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "json-summary", "html"],
      thresholds: Object.fromEntries(coveredFolders.map((folder) => [`${folder}/**`, { branches: 90 }])),
    },
  },
});
