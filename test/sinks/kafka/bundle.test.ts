import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { createKafkaSink } from "../../../src/sinks/kafka.ts";
import { bundle } from "../../../scripts/bundle.ts";
import { outgoingEvents } from "../../contracts/outgoing-events.ts";
import { never } from "../../contracts/sink.ts";
import { fakeClock } from "../hub-harness.ts";
import { startKafkaBroker } from "./broker.ts";
import { fixedTopic, setting } from "./harness.ts";

describe("the bundled app", () => {
  it("has the Kafka sink and its library in chunks of their own, and they work", { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "bridge-kafka-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await bundle(folder);
    const chunks = readdirSync(join(folder, "chunks")).filter((name) => name.endsWith(".js"));
    const withLibrary = chunks.filter((name) =>
      readFileSync(join(folder, "chunks", name), "utf8").includes("KafkaJSNumberOfRetriesExceeded"),
    );
    expect(withLibrary).toEqual([expect.stringMatching(/^kafkajs-/u)]);
    const chunk = chunks.find((name) => name.startsWith("kafka-")) ?? "";
    const bundled: { readonly createKafkaSink: typeof createKafkaSink } = await import(join(folder, "chunks", chunk));
    const broker = await startKafkaBroker();
    onTestFinished(() => broker.close());
    const connection = { brokers: [`${broker.host}:${broker.port}`], tls: false, setting };
    const sink = bundled.createKafkaSink({ connection, topic: { fixed: fixedTopic }, ...fakeClock() });
    onTestFinished(() => sink.close());
    const report = await sink.send(outgoingEvents({ count: 50 }), never());
    expect(report.failure).toBeUndefined();
    expect(broker.read(fixedTopic)).toHaveLength(50);
  });
});
