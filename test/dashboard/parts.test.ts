// The parts of the dashboard that need no server: sharing of readings, counting by positions, and following after a failure.
import { describe, expect, it } from "vitest";
import { createLive, type Follow } from "../../src/cli/dashboard/live.ts";
import { createPartitionHistory } from "../../src/cli/dashboard/partition-history.ts";
import { shareReading } from "../../src/cli/dashboard/shared-reading.ts";
import { BridgeError } from "../../src/errors.ts";
import type { SinkEnds } from "../../src/operations/overview.ts";

const MINUTE_MS = 60_000;

describe("readings", () => {
  it("are shared by all who ask at the same time or shortly after, and failures are not kept", async () => {
    let now = 0;
    const answers: (() => Promise<string>)[] = [
      () => Promise.resolve("first"),
      () => Promise.reject(new BridgeError("STATE_UNAVAILABLE", "gone", { fix: "Wait." })),
      () => Promise.resolve("third"),
    ];
    const read = shareReading(
      () => answers.shift()?.() ?? Promise.reject(new Error("asked too often")),
      1000,
      () => now,
    );
    expect(await Promise.all([read(), read()])).toEqual(["first", "first"]);
    now = 999;
    expect(await read()).toBe("first");
    now = 1000;
    await expect(read()).rejects.toThrow("gone");
    expect(await read()).toBe("third");
  });
});

describe("the events of a partition", () => {
  const ends = (last: number, hub = "hub created 1"): readonly SinkEnds[] => [
    { sink: "event-hub", kind: "read", hub, partitions: [{ partition: "0", last }] },
  ];

  it("are counted over the last hour, by where the partition ended", () => {
    const history = createPartitionHistory();
    const noted = (minute: number, last: number) => history.note(minute * MINUTE_MS, ends(last))[0];
    expect(noted(0, 99)).toMatchObject({ partitions: [{ last: 99, added: 0, seconds: 0 }] });
    expect(noted(30, 109)).toMatchObject({ partitions: [{ last: 109, added: 10, seconds: 1800 }] });
    expect(noted(60, 110)).toMatchObject({ partitions: [{ last: 110, added: 11, seconds: 3600 }] });
    expect(noted(90, 130)).toMatchObject({ partitions: [{ last: 130, added: 21, seconds: 3600 }] });
  });

  it("are counted anew for a hub that was created anew, and a sink that cannot be asked stays as it is", () => {
    const history = createPartitionHistory();
    history.note(0, ends(1000));
    const failed: SinkEnds = { sink: "other", kind: "no-partitions", because: "it does not say" };
    expect(history.note(MINUTE_MS, [...ends(5, "hub created 2"), failed])).toEqual([
      {
        sink: "event-hub",
        kind: "read",
        hub: "hub created 2",
        partitions: [{ partition: "0", last: 5, added: 0, seconds: 0 }],
      },
      failed,
    ]);
  });
});

describe("live events", () => {
  it("say why the hub cannot be followed, with the fix, and try again", async () => {
    const told: unknown[] = [];
    const again = Promise.withResolvers<void>();
    let tries = 0;
    const follow: Follow = async ({ onReady }) => {
      tries += 1;
      if (tries === 1) throw new BridgeError("SINK_UNAUTHORIZED", "no right to read", { fix: "Give it Listen." });
      onReady();
      again.resolve();
      await new Promise(() => undefined);
    };
    const live = createLive({ follow, report: (error) => void told.push(error), againMs: 1 });
    live.listen((_, value) => told.push(value));
    await again.promise;
    expect(told).toEqual([
      { kind: "connecting" },
      { kind: "failed", error: { code: "SINK_UNAUTHORIZED", message: "no right to read", fix: "Give it Listen." } },
      { kind: "following" },
    ]);
  });

  it("end with a bug, which is told where the program runs and not on the page", async () => {
    const bug = new TypeError("a bug");
    const reported = Promise.withResolvers<unknown>();
    const states: unknown[] = [];
    const live = createLive({ follow: () => Promise.reject(bug), report: reported.resolve });
    live.listen((_, value) => states.push(value));
    expect(await reported.promise).toBe(bug);
    await live.close();
    expect(states).toEqual([
      { kind: "connecting" },
      {
        kind: "not-followed",
        because: "A bug of the bridge has ended it. What it is stands where bridge dashboard runs.",
      },
    ]);
  });
});
