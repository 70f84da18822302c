import { describe, expect, it } from "vitest";
import { watcher, type WatchOptions } from "../src/watch.ts";
import type { WriteLine } from "../src/telemetry/log.ts";

/** A key that the SDK does not take, as it wants small letters. */
const environment = {
  TELEMETRY: "application-insights",
  APPLICATIONINSIGHTS_CONNECTION_STRING: "InstrumentationKey=ABCDEF00-0000-4000-8000-000000000001",
  AzureFunctionsJobHost__telemetryMode: "OpenTelemetry",
};

function watchUnderTest(more: Partial<WatchOptions> = {}) {
  const host: string[] = [];
  const printed: string[] = [];
  const watch = watcher({ environment, readFiles: () => ({}), lastResort: (line) => void printed.push(line), ...more });
  return { host, printed, open: () => watch((level, line) => void host.push(`${level} ${line}`)) };
}

describe("an SDK that cannot be started", () => {
  it("costs one warning, whatever comes of the runs", async () => {
    const { host, printed, open } = watchUnderTest();
    for (const line of ["one", "two"]) {
      const { write, deliver } = await open();
      write("info", line);
      await deliver();
    }
    expect(host).toEqual([
      expect.stringMatching(/^warn Telemetry could not be delivered: Invalid instrumentation key/),
      "info one",
      "info two",
    ]);
    expect(printed).toEqual([]);
  });

  it("lets no line vanish that the host leaves to the app", async () => {
    let take: WriteLine | undefined;
    const { host, printed, open } = watchUnderTest({ tap: { connect: (taker) => void (take = taker) } });
    const { write, deliver } = await open();
    write("info", "one");
    take?.("info", "one");
    await deliver();
    expect(host).toHaveLength(2);
    expect(printed).toEqual([expect.stringContaining("Telemetry could not be delivered"), "one"]);
  });
});
