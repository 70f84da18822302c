// The Azurite that all test files of a run share. Use a table and a container of your own: `uniqueName`.
import { inject } from "vitest";
import { z } from "zod";

const addresses = z.object({
  connectionString: z.string(),
  blobUrl: z.string(),
  queueUrl: z.string(),
  tableUrl: z.string(),
});

/** Addresses of the shared Azurite; starts it when this is the first call of the run. */
export async function sharedAzurite(): Promise<z.infer<typeof addresses>> {
  const response = await fetch(inject("azuriteDesk"));
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return addresses.parse(JSON.parse(answer));
}

let names = 0;

/** A name that no other test uses, valid for tables, containers and queues. */
export function uniqueName(prefix: string): string {
  names += 1;
  return `${prefix}${process.pid}x${Date.now().toString(36)}x${names}`;
}
