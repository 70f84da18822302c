// Shares one Azurite among all test files of a run, started only when the first of them asks for it.
import { createServer } from "node:http";
import type { TestProject } from "vitest/node";
import { startAzurite, type Azurite } from "../dev/azurite.ts";
import { leftOutWithout, missingParts } from "../dev/debian-parts.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Answers with the addresses of the shared Azurite as JSON; use `sharedAzurite()` of `test/azurite.ts`. */
    readonly azuriteDesk: string;
  }
}

/** Opens a small local desk where test files, which run in other processes, ask for the shared Azurite. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<Azurite> | undefined;
  const desk = createServer((_request, response) => {
    starting ??= startAzurite();
    starting.then(
      ({ connectionString, blobUrl, queueUrl, tableUrl }) =>
        response.end(JSON.stringify({ connectionString, blobUrl, queueUrl, tableUrl })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => desk.listen(0, "127.0.0.1", resolve));
  const address = desk.address();
  if (address === null || typeof address === "string") throw new Error("The desk has no port.");
  project.provide("azuriteDesk", `http://127.0.0.1:${address.port}/`);
  return async () => {
    desk.closeAllConnections();
    desk.close();
    if (starting) await (await starting).close();
    for (const part of missingParts) process.stdout.write(`\n${leftOutWithout(part)}\n`);
  };
}
