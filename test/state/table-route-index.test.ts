// The list of routes on a real table: absent, added, added again, more than fit one transaction.
import { TableClient } from "@azure/data-tables";
import { describe, expect, it } from "vitest";
import { tableRouteIndex } from "../../src/state/table-route-index.ts";
import { sharedAzurite, uniqueName } from "../azurite.ts";

async function openIndex() {
  const { connectionString } = await sharedAzurite();
  const client = TableClient.fromConnectionString(connectionString, uniqueName("index"), {
    allowInsecureConnection: true,
  });
  return tableRouteIndex(client);
}

describe("the index of routes", () => {
  it("has none where there is no table yet, and then those that were added, each once", async () => {
    const index = await openIndex();
    expect(await index.list()).toEqual([]);
    await index.add(["rooms@event-hub", "rooms_2@copy.b"]);
    await index.add(["rooms@event-hub"]);
    expect((await index.list()).toSorted()).toEqual(["rooms@event-hub", "rooms_2@copy.b"]);
  });

  it("takes more routes than fit one transaction", async () => {
    const index = await openIndex();
    const routes = Array.from({ length: 205 }, (_, number) => `feed-${number}@event-hub`);
    await index.add(routes);
    expect((await index.list()).toSorted()).toEqual(routes.toSorted());
  });
});
