// Starts Azurite, the local stand-in for Azure Storage, in a process of its own that never outlives this one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";

/** The account every copy of Azurite has. Name and key are published by Microsoft and protect nothing. */
const accountName = "devstoreaccount1";
const accountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** Ends the process as soon as its standard input closes: that happens however the parent ends, `kill -9` included. */
const endWithParent = `data:text/javascript,process.stdin.on("close",()=>process.exit()).resume()`;

const startTimeoutMs = 30_000;

export interface Azurite {
  /** For `AzureWebJobsStorage`: names the blob, queue and table endpoints. */
  readonly connectionString: string;
  readonly blobUrl: string;
  readonly queueUrl: string;
  readonly tableUrl: string;
  /** Ends the process; everything stored is gone. Safe to call twice. */
  close(): Promise<void>;
}

/** Starts an empty Azurite (blob, queue, table; in memory) on free ports of 127.0.0.1. Takes about two seconds. */
export async function startAzurite(): Promise<Azurite> {
  const child = spawn(
    process.execPath,
    [
      `--import=${endWithParent}`,
      createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js"),
      "--inMemoryPersistence",
      "--silent",
      "--disableTelemetry",
      "--skipApiVersionCheck",
      "--blobPort=0",
      "--queuePort=0",
      "--tablePort=0",
    ],
    // It keeps nothing on disk, but looks for its files in the folder it runs in.
    { cwd: tmpdir(), stdio: ["pipe", "pipe", "pipe"] },
  );
  const ended = once(child, "exit");
  const output: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString()));

  async function close(): Promise<void> {
    child.kill("SIGKILL");
    await ended;
  }

  const startTimer = setTimeout(() => child.kill("SIGKILL"), startTimeoutMs);
  const urls: Record<string, string> = {};
  // Reading goes on after the start: a full output pipe would stop Azurite.
  const lines = createInterface({ input: child.stdout });
  const started = new Promise<void>((resolve) => {
    lines.on("line", (line) => {
      output.push(`${line}\n`);
      const listening = /^Azurite (\w+) service is successfully listening at (\S+)$/.exec(line);
      if (listening) urls[String(listening[1])] = `${listening[2]}/${accountName}`;
      if (urls["Blob"] && urls["Queue"] && urls["Table"]) resolve();
    });
  });
  await Promise.race([started, ended]);
  clearTimeout(startTimer);
  const { Blob: blobUrl, Queue: queueUrl, Table: tableUrl } = urls;
  if (!blobUrl || !queueUrl || !tableUrl) {
    await close();
    throw new Error(`Azurite did not start:\n${output.join("")}`);
  }
  const connectionString = [
    "DefaultEndpointsProtocol=http",
    `AccountName=${accountName}`,
    `AccountKey=${accountKey}`,
    `BlobEndpoint=${blobUrl}`,
    `QueueEndpoint=${queueUrl}`,
    `TableEndpoint=${tableUrl}`,
  ].join(";");
  return { connectionString, blobUrl, queueUrl, tableUrl, close };
}
