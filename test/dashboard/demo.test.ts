// npm run demo -- --dashboard: hour by hour, with the page over it, until it is told to end.
import { expect, it } from "vitest";
import { dashboardDemo } from "../../dev/demo/dashboard-demo.ts";

it("prints the address of the page, goes on hour by hour, and ends when it is told to", async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  const address = Promise.withResolvers<string>();
  const secondHour = Promise.withResolvers<void>();
  const demo = dashboardDemo({
    seed: 7,
    stop: stop.signal,
    // Enough between two hours for the page to be asked.
    paceMs: 200,
    fleet: { buildings: 1, roomsPerBuilding: 2 },
    write(line) {
      lines.push(line);
      const [url] = /http:\S+/.exec(line) ?? [];
      if (url !== undefined) address.resolve(url);
      if (line.startsWith("09:00")) secondHour.resolve();
    },
  });
  try {
    const url = await Promise.race([address.promise, demo]);
    await Promise.race([secondHour.promise, demo]);
    const { status, details } = await (await fetch(`${String(url)}data.json`)).json();
    expect(status.routes.map(({ verdict }: { verdict: { kind: string } }) => verdict.kind)).toEqual(
      ["motion", "doors", "lobbies", "rooms"].map(() => "healthy"),
    );
    expect(details[0].runs.length).toBeGreaterThanOrEqual(2);
  } finally {
    stop.abort();
    await demo;
  }
}, 60_000);
