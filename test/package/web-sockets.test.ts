// The bundled app on its default way out: TLS to Microshare, AMQP over WebSockets to the hub. The bundle holds packages in
// another form than node_modules does, so what works there has to be seen here too.
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { makeCertificate } from "../../dev/certificates.ts";
import { bundle } from "../../scripts/bundle.ts";
import { startBridge } from "../integration/bridge-under-test.ts";
import { TRACE_PARENT } from "../integration/telemetry-under-test.ts";
import { ROOMS } from "../integration/two-feeds.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("delivers over WebSockets and TLS from the bundle", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bridge-web-sockets-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await bundle(join(folder, "dist"));
  await cp(join(root, "host.json"), join(folder, "host.json"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", main: "dist/main.js" }));
  const certificate = makeCertificate();
  const tls = { key: certificate.keyPem, cert: certificate.certPem };
  // In real time: the bundle has no other.
  await using bridge = await startBridge({
    simulator: { clock: { now: Date.now }, tls },
    hubs: { now: Date.now, transport: "websocket" },
    feeds: () => [ROOMS],
  });
  const authorities = join(folder, "authorities.pem");
  await writeFile(authorities, `${certificate.certPem}\n${bridge.hubs.caCertPem}\n`);
  const { id } = bridge.microshare.add({ recType: ROOMS.recType, time: Date.now() - 1_800_000 });

  const script = fileURLToPath(new URL("run-like-the-worker.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder, TRACE_PARENT], {
    env: { PATH: process.env["PATH"], ...bridge.settings, NODE_EXTRA_CA_CERTS: authorities },
  });

  expect(JSON.parse(stdout)).not.toHaveProperty("failure");
  expect(bridge.settings["EVENT_HUB_CONNECTION_STRING"]).not.toContain("UseDevelopmentEmulator");
  expect(bridge.events().map(({ properties }) => properties["recordKey"])).toEqual([id]);
});
