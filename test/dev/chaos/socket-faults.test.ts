// The relay that fails on purpose, over real sockets.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { startSocketFaults, type SocketFaults } from "../../../dev/chaos/socket-faults.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that says every word again, and keeps what it heard. */
async function echo(): Promise<{ relay: SocketFaults; heard: string[] }> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (piece) => {
      heard.push(piece.toString());
      socket.write(piece);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const relay = await startSocketFaults(port);
  closing.push(
    () => relay.close(),
    () => server.close(),
  );
  return { relay, heard };
}

async function dial(relay: SocketFaults): Promise<Socket> {
  const socket = connect(relay.port, "127.0.0.1");
  socket.on("error", () => undefined); // some are cut on purpose
  await once(socket, "connect");
  return socket;
}

/** Also after an error, which `once` would throw. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => void socket.once("close", resolve));
}

async function say(socket: Socket, word: string): Promise<string> {
  const answered = once(socket, "data");
  socket.write(word);
  const [answer] = (await answered) as [Buffer];
  return answer.toString();
}

describe("a relay", () => {
  it("passes on what both sides say", async () => {
    const { relay } = await echo();
    expect(await say(await dial(relay), "hello")).toBe("hello");
  });

  it("cuts every open connection, and takes new ones", async () => {
    const { relay } = await echo();
    const socket = await dial(relay);
    await say(socket, "hello");
    const failed = closed(socket);
    expect(relay.connections).toBe(1);
    relay.cut();
    await failed;
    expect(socket.errored).toMatchObject({ code: "ECONNRESET" });
    expect(await say(await dial(relay), "again")).toBe("again");
  });

  it("loses answers: the server has heard it, the client is cut off without a word", async () => {
    const { relay, heard } = await echo();
    const socket = await dial(relay);
    await say(socket, "one");
    const words: string[] = [];
    socket.on("data", (piece) => words.push(piece.toString()));
    relay.loseAnswers(50);
    socket.write("two");
    await closed(socket);
    expect(words).toEqual([]);
    expect(heard).toEqual(["one", "two"]);
  });

  it("delays answers, and then passes on all of them", async () => {
    const { relay } = await echo();
    const socket = await dial(relay);
    await say(socket, "one");
    const began = performance.now();
    relay.delayAnswers(80);
    expect(await say(socket, "two")).toBe("two");
    expect(performance.now() - began).toBeGreaterThan(75);
  });

  it("still hands over what a client had sent before it died", async () => {
    const { relay, heard } = await echo();
    const socket = await dial(relay);
    await say(socket, "one");
    socket.end("last");
    await closed(socket);
    expect(heard).toEqual(["one", "last"]);
  });
});
