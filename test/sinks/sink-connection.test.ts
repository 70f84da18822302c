import { describe, expect, it } from "vitest";
import { SinkConnection, type Closable } from "../../src/sinks/sink-connection.ts";

/** Clients that only count; `close` ends when told. */
function countingClients(close: () => Promise<void> = async () => {}) {
  const log: string[] = [];
  let made = 0;
  const create = async (): Promise<Closable> => {
    const number = ++made;
    log.push(`open ${number}`);
    return {
      async close() {
        await close();
        log.push(`close ${number}`);
      },
    };
  };
  return { log, create };
}

describe("SinkConnection", () => {
  it("opens on first use and shares the connection", async () => {
    const { log, create } = countingClients();
    const connection = new SinkConnection(create, 100);
    expect(log).toEqual([]);
    const [one, two] = await Promise.all([
      connection.use(async (use) => use.client),
      connection.use(async (use) => use.client),
    ]);
    expect(one).toBe(two);
    expect(log).toEqual(["open 1"]);
  });

  it("closes a retired connection when its last user has ended, before the next one opens", async () => {
    const { log, create } = countingClients();
    const connection = new SinkConnection(create, 100);
    const release = Promise.withResolvers<void>();
    const long = connection.use(() => release.promise);
    await connection.use(async (use) => use.retire());
    const next = connection.use(async () => log.push("used 2"));
    await Promise.resolve();
    expect(log).toEqual(["open 1"]);
    release.resolve();
    await Promise.all([long, next]);
    expect(log).toEqual(["open 1", "close 1", "open 2", "used 2"]);
  });

  it("retires a connection once only", async () => {
    const { log, create } = countingClients();
    const connection = new SinkConnection(create, 100);
    await connection.use(async (use) => {
      use.retire();
      use.retire();
    });
    await connection.use(async () => {});
    await connection.close();
    await connection.close();
    expect(log).toEqual(["open 1", "close 1", "open 2", "close 2"]);
  });

  it("closes in bounded time, without complaint, whatever the client does", async () => {
    const hanging = new SinkConnection(countingClients(() => new Promise(() => {})).create, 20);
    await hanging.use(async () => {});
    await expect(hanging.close()).resolves.toBeUndefined();
    const failing = new SinkConnection(countingClients(() => Promise.reject(new Error("no"))).create, 20);
    await failing.use(async () => {});
    await expect(failing.close()).resolves.toBeUndefined();
    const unopened = new SinkConnection(() => Promise.reject(new Error("no module")), 20);
    await expect(unopened.use(async () => {})).rejects.toThrow("no module");
    await expect(unopened.close()).resolves.toBeUndefined();
  });
});
