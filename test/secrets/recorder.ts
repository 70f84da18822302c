// Records what a bridge sends to its stand-ins, what its runs leave behind, and what the process prints meanwhile.
import { inspect } from "node:util";
import type { Invocation } from "../../dev/demo/timer-host.ts";
import type { WholeRequest } from "../../dev/microshare-simulator/index.ts";
import type { Environment } from "../../src/config/load-settings.ts";
import { API, HUB, LOGIN, STORAGE, TELEMETRY } from "./bridge-secrets.ts";
import { outgoingOfRequest, requestsIn } from "./http.ts";
import type { Outgoing } from "./search.ts";
import { printedSince, printedSoFar } from "./streams.ts";
import { startTap, type Tap } from "./tap.ts";

export interface Recorder {
  /** For `startMicroshareSimulator`. */
  readonly onRequest: (request: WholeRequest) => void;
  /** For `startEventHubsEmulator`. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** The same storage with a tap before each of its services. */
  tapStorage(connectionString: string): Promise<string>;
  /** The same settings with a tap before wherever they send telemetry to. */
  tapTelemetry<Settings extends Environment>(settings: Settings): Promise<Settings>;
  /** A tap before any plain http server, such as a webhook. Gives the address to use instead. */
  tap(channel: string, url: string): Promise<string>;
  heardRun(invocation: Invocation): void;
  /** What is stored, or anything else that is only known in the end. */
  heard(channel: string, place: string, contents: readonly (string | Uint8Array)[]): void;
  /** Everything so far. */
  outgoing(): readonly Outgoing[];
  close(): void;
}

export function startRecorder(): Recorder {
  const outgoing: Outgoing[] = [];
  const frames: Uint8Array[] = [];
  const taps: { readonly channel: string; readonly tap: Tap }[] = [];
  const mark = printedSoFar();
  async function tapOf(channel: string, url: string): Promise<string> {
    const tapped = new URL(url);
    const tap = await startTap(Number(tapped.port));
    taps.push({ channel, tap });
    tapped.port = String(tap.port);
    return tapped.href.replace(/[/]$/, "");
  }

  return {
    onRequest: (request) => void outgoing.push(...outgoingOfRequest(request.server === "api" ? API : LOGIN, request)),
    onBytes: (bytes) => void frames.push(Buffer.from(bytes)),
    async tapStorage(connectionString) {
      let tapped = connectionString;
      for (const [, service = "", url = ""] of connectionString.matchAll(/(\w+)Endpoint=([^;]+)/g)) {
        tapped = tapped.replace(`${service}Endpoint=${url}`, `${service}Endpoint=${await tapOf(STORAGE, url)}`);
      }
      return tapped;
    },
    async tapTelemetry(settings) {
      let tapped = settings;
      for (const name of ["APPLICATIONINSIGHTS_CONNECTION_STRING", "OTEL_EXPORTER_OTLP_ENDPOINT"]) {
        const [url] = /http:[/][/]127\.0\.0\.1:\d+[^;]*/.exec(settings[name] ?? "") ?? [];
        if (url === undefined) continue;
        tapped = { ...tapped, [name]: settings[name]?.replace(url, await tapOf(TELEMETRY, url)) };
      }
      return tapped;
    },
    tap: tapOf,
    heardRun({ lines, error }) {
      outgoing.push(...lines.map((content) => ({ channel: "log", place: "line", content })));
      outgoing.push(...errorTexts(error).map((content) => ({ channel: "error", place: "text", content })));
    },
    heard: (channel, place, contents) =>
      void outgoing.push(...contents.map((content) => ({ channel, place, content }))),
    outgoing: () => [
      ...outgoing,
      { channel: HUB, place: "frames", content: Buffer.concat(frames) },
      ...taps.flatMap(({ channel, tap }) =>
        tap.said().flatMap((bytes) => requestsIn(bytes).flatMap((one) => outgoingOfRequest(channel, one))),
      ),
      ...printedSince(mark).map((content) => ({ channel: "printed", place: "text", content })),
    ],
    close() {
      for (const { tap } of taps) tap.close();
    },
  };
}

/** An error as a host or a telemetry SDK may print it, and every text that hangs on it, hidden or not. */
export function errorTexts(error: unknown): readonly string[] {
  if (error === undefined) return [];
  const shown = error instanceof Error ? [error.toString()] : [];
  return [inspect(error, { depth: 12, showHidden: true }), ...shown, asJson(error), ...textsIn(error)];
}

function textsIn(value: unknown, seen = new Set<unknown>()): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  if (value instanceof Uint8Array) return [Buffer.from(value).toString("latin1")];
  return Reflect.ownKeys(value).flatMap((key) => textsIn(Reflect.get(value, key), seen));
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return ""; // circular, so nobody can write it as JSON either
  }
}
