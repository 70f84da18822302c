// Lets the routes of one feed that stand level read its pages once, without any of them waiting for another.
import type { BridgeError } from "../errors.ts";
import type { FeedSource } from "./ports.ts";
import { createReadings, unlessStopped, type ReadingLimits } from "./readings.ts";

/** What one route reads along with others. */
export interface SharedReader {
  /** The feed as this route sees it. */
  readonly source: FeedSource;
  /** Nothing is kept for this route any more. Resolves once what nobody wants any more has come to its end. */
  leave(): Promise<void>;
}

/**
 * One reader for each of so many routes that are served at the same time. Whoever asks first for a window of a part reads
 * it; what it finds is kept for the others, which get the same slices, errors of the API included, whenever they come to
 * it. Of what others have not taken yet only so much is kept: beyond that the one that is furthest behind is left there,
 * and reads the rest on its own. A route that ends, for whatever reason, takes nothing from others.
 */
export function shareReading(source: FeedSource, routes: number, limits: ReadingLimits): readonly SharedReader[] {
  const readings = createReadings(source, limits);
  const parts = shareParts(source, limits.time);
  const warnings = Array.from({ length: routes }, (): BridgeError[] => []);
  const takeWarnings = (own: BridgeError[]): readonly BridgeError[] => {
    // Whoever asks first gets them from the source: all routes of the feed are told.
    for (const warning of source.takeWarnings?.() ?? []) for (const others of warnings) others.push(warning);
    return own.splice(0);
  };
  const seats = warnings.map((own) => ({ own, seat: readings.join() }));
  return seats.map(({ own, seat }) => ({
    source: {
      ...source,
      // Routes that stand apart expect different windows.
      expect: () => undefined,
      parts: parts.ask,
      readSlices: (request) => readings.read(seat, request),
      takeWarnings: () => takeWarnings(own),
    },
    async leave() {
      if (readings.leave(seat)) parts.stop();
      await readings.ended();
    },
  }));
}

/** The parts are asked for once, as far as the same ones are known. */
function shareParts(source: FeedSource, time: AbortSignal): { readonly ask: FeedSource["parts"]; stop(): void } {
  const asked = new Map<string, Promise<readonly string[]>>();
  const stop = new AbortController();
  return {
    stop: () => stop.abort(),
    async ask(signal, known) {
      const key = JSON.stringify(known.toSorted());
      const answer = asked.get(key) ?? source.parts(AbortSignal.any([stop.signal, time]), known);
      asked.set(key, answer);
      return unlessStopped(answer, signal, time);
    },
  };
}
