// The real nginx with the configuration of the project, on free ports of this machine.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, fetch, type RequestInit, type Response } from "undici";
import { makeCertificate } from "../../dev/certificates.ts";
import { wait } from "../../src/wait.ts";

export interface Nginx extends AsyncDisposable {
  readonly url: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Lines of its access log. */
  accessLog(): readonly string[];
  /** All that it logs besides. */
  errorLog(): string;
}

/** `ports` are those of the two instances. Throws what nginx says about a configuration that it does not take. */
export async function startNginx(ports: readonly [number, number], change = (text: string) => text): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), "nginx-"));
  // Started by root, nginx writes its files as somebody else.
  await chmod(folder, 0o755);
  const { keyPem, certPem } = makeCertificate();
  const port = await freePort();
  const own = await readFile(new URL("../../deploy/nginx/nginx.conf", import.meta.url), "utf8");
  const configuration = change(own)
    .replace("bridge-1:8080", `127.0.0.1:${ports[0]}`)
    .replace("bridge-2:8080", `127.0.0.1:${ports[1]}`)
    .replace("listen 8443", `listen 127.0.0.1:${port}`)
    .replaceAll("/tmp/", `${folder}/`)
    // The pipes of a child process of Node cannot be opened by name.
    .replace("/dev/stdout", `${folder}/access.log`)
    .replace("/dev/stderr", `${folder}/error.log`)
    .replaceAll("/etc/nginx/tls/", `${folder}/`)
    .replace("worker_processes auto", "worker_processes 1");
  await Promise.all([
    writeFile(join(folder, "tls.key"), keyPem),
    writeFile(join(folder, "tls.crt"), certPem),
    writeFile(join(folder, "nginx.conf"), configuration),
  ]);
  const child = spawn("nginx", ["-c", join(folder, "nginx.conf"), "-p", folder, "-g", "daemon off;"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const ended = once(child, "close");
  const agent = new Agent({ connect: { ca: certPem } });
  const url = `https://localhost:${port}`;
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${path}`, { ...init, dispatcher: agent });
  let hasEnded = false;
  const isUp = async (): Promise<void> => {
    while (!hasEnded) {
      try {
        await (await ask("/live")).text();
        return;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        await wait(10, new AbortController().signal);
      }
    }
  };
  const first = await Promise.race([isUp().then(() => "up"), ended.then(() => "ended")]);
  hasEnded = first === "ended";
  if (hasEnded) {
    await Promise.all([agent.destroy(), rm(folder, { recursive: true })]);
    throw new Error(complaint);
  }
  return {
    url,
    fetch: ask,
    accessLog: () => readFileSync(join(folder, "access.log"), "utf8").trim().split("\n"),
    errorLog: () => readFileSync(join(folder, "error.log"), "utf8"),
    async [Symbol.asyncDispose]() {
      await agent.destroy();
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return address !== null && typeof address === "object" ? address.port : 0;
}
