// No secret leaves during the demo: everything that goes out of the process and everything it leaves behind is searched.
import { TableClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { describe, expect, it } from "vitest";
import { HUB, startStandIns } from "../../dev/demo/stand-ins.ts";
import { demoSettings, runDemo } from "../../dev/demo/scenario.ts";
import { printProof, printRun } from "../../dev/demo/table.ts";
import { openState } from "../integration/state-under-test.ts";
import { bridgeSecrets, signaturesIn } from "./bridge-secrets.ts";
import { startRecorder } from "./recorder.ts";
import { leaksIn, noLeaksIn } from "./search.ts";

const SEED = 7;

describe("the demo", () => {
  it("lets no secret out, through an hour without the API, on any channel", { timeout: 120_000 }, async () => {
    const recorder = startRecorder();
    const standIns = await startStandIns(SEED, recorder);
    try {
      const { azurite, microshare, hubs } = standIns;
      const settings = {
        ...demoSettings(standIns),
        AzureWebJobsStorage: await recorder.tapStorage(azurite.connectionString),
        LOG_LEVEL: "debug",
        STATE_TABLE: "demo",
        DEAD_LETTER_CONTAINER: "demo",
      };
      const printed: string[] = [];
      const print = (line: string): void => void printed.push(line);
      const proof = await runDemo(standIns, settings, 4, (at, invocation) => {
        recorder.heardRun(invocation);
        printRun(at, invocation, print);
      });
      printProof(proof, 1, print);
      expect(proof.holds).toBe(true);
      recorder.heard("demo table", "line", printed);
      recorder.heard(
        "hub events",
        "body",
        hubs.events(HUB).map(({ body }) => body),
      );
      const state = openState(
        TableClient.fromConnectionString(azurite.connectionString, "demo", { allowInsecureConnection: true }),
        BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("demo"),
      );
      recorder.heard("state", "rows and blobs", await state.contents());

      const outgoing = recorder.outgoing();
      const logins = microshare.requests.filter(({ server }) => server === "auth").length;
      const secrets = [...bridgeSecrets([settings], { seed: SEED, logins }), ...signaturesIn(outgoing)];
      noLeaksIn(outgoing, secrets);
      const channels = new Set(outgoing.map(({ channel }) => channel));
      const all = ["log", "error", "Microshare API", "Microshare login", "hub", "hub events", "storage", "state"];
      expect([...channels]).toEqual(expect.arrayContaining(all));
      // Where they have to go they are found: so they would be elsewhere.
      const shown = leaksIn(
        outgoing,
        secrets.map(({ name, value }) => ({ name, value })),
      );
      const names = ["password", "API key", "token", "signature for the hub", "signature of a storage request"];
      expect([...new Set(shown.map(({ secret }) => secret))]).toEqual(expect.arrayContaining(names));
    } finally {
      recorder.close();
      await standIns.close();
    }
  });
});
