// A real Kafka broker in memory: the mock cluster of librdkafka, which Debian's kcat starts, and kcat to read it.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

export interface KafkaBroker {
  readonly host: string;
  readonly port: number;
  /** Everything in a topic, as another client library reads it; topics come into being when they are asked for. */
  read(topic: string): readonly KafkaRecord[];
  close(): Promise<void>;
}

export interface KafkaRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

/** It lives as long as its standard input is open. It offers Produce up to version 7 and Metadata up to 2. */
export async function startKafkaBroker(): Promise<KafkaBroker> {
  const process = spawn("kcat", ["-P", "-b", "unused", "-t", "boot", "-X", "test.mock.num.brokers=1", "-d", "mock"], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const [host = "", port = ""] = (await bootstrapAddress(process)).split(":");
  return {
    host,
    port: Number(port),
    read: (topic) => readTopic(`${host}:${port}`, topic),
    async close() {
      if (process.exitCode !== null || process.signalCode !== null) return;
      const exited = once(process, "exit");
      // Asked to end it may go on; it holds nothing that is worth a farewell.
      process.kill("SIGKILL");
      await exited;
    },
  };
}

async function bootstrapAddress(process: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let log = "";
  process.once("error", reject);
  process.once("exit", (code) => reject(new Error(`kcat ended with ${code}: ${log}`)));
  // Read on for ever: a full pipe would stop the broker.
  process.stderr?.on("data", (chunk: Buffer) => {
    if (log.length < 10_000) log += chunk.toString();
    const address = /bootstrap\.servers=(\S+)/u.exec(log)?.[1];
    if (address !== undefined) resolve(address);
  });
  return promise;
}

function readTopic(broker: string, topic: string): readonly KafkaRecord[] {
  const options = ["-o", "beginning", "-e", "-q", "-J", "-X", "fetch.wait.max.ms=10"];
  const text = execFileSync("kcat", ["-C", "-b", broker, "-t", topic, ...options], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    timeout: 15_000,
  });
  return text.split("\n").flatMap((line) => (line === "" ? [] : [recordOf(line)]));
}

function recordOf(line: string): KafkaRecord {
  const { partition, offset, key, payload, headers = [] } = JSON.parse(line);
  const pairs = headers.flatMap((name: string, at: number) => (at % 2 === 0 ? [[name, headers[at + 1]]] : []));
  return { partition, offset, key, payload, headers: Object.fromEntries(pairs) };
}
