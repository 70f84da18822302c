// Starts the stand-ins of the sinks that were asked for; what cannot be had here is told, with what brings it.
import { isMissing } from "../../debian-parts.ts";
import type { StandIns } from "../stand-ins.ts";
import { eventHubSink } from "./event-hub.ts";
import { hubsPerTypeSink } from "./event-hubs-per-type.ts";
import { iotHubSink } from "./iot-hub.ts";
import { kafkaSink } from "./kafka.ts";
import { openNetwork, type Network } from "./network.ts";
import { serviceBusSink } from "./service-bus.ts";
import type { DemoSink } from "./sink.ts";

export interface DemoSinks extends AsyncDisposable {
  readonly sinks: readonly DemoSink[];
  /** One line for each kind that is left out. */
  readonly leftOut: readonly string[];
}

type Start = (standIns: StandIns, network: Network) => DemoSink | Promise<DemoSink>;

const starts: Readonly<Record<string, Start>> = {
  "event-hub": eventHubSink,
  "event-hubs-per-type": hubsPerTypeSink,
  "service-bus": serviceBusSink,
  "iot-hub": iotHubSink,
  kafka: kafkaSink,
};

export const demoSinkNames: readonly string[] = Object.keys(starts);

/** Why a kind cannot be had on this machine, and what brings it. */
export const missingHere: ReadonlyMap<string, string> = new Map(
  !isMissing("kcat")
    ? []
    : [["kafka", "LEFT OUT: kafka, as its broker comes with kcat. This brings it: apt-get install -y kcat"]],
);

/** @param wanted one of `demoSinkNames`, or `all`. */
export async function startSinks(wanted: string, standIns: StandIns): Promise<DemoSinks> {
  const network = openNetwork();
  const sinks: DemoSink[] = [];
  const leftOut: string[] = [];
  for (const [name, start] of Object.entries(starts)) {
    if (wanted !== name && wanted !== "all") continue;
    const missing = missingHere.get(name);
    if (missing === undefined) sinks.push(await start(standIns, network));
    else leftOut.push(missing);
  }
  return {
    sinks,
    leftOut,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([...sinks.map((sink) => sink.close()), network.close()]);
    },
  };
}
