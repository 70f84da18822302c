// One feed: what its view needs, and one record of it.
import type { FeedSettings } from "../../config/settings.ts";
import { BridgeError } from "../../errors.ts";
import { inspectView } from "../../microshare/inspect-view.ts";
import type { FeedSource } from "../../pipeline/ports.ts";
import type { FeedRecord } from "../../pipeline/records.ts";
import { describeWindow, isoText } from "../../pipeline/windows.ts";
import type { Checklist, Found } from "./checklist.ts";
import type { DoctorDeps } from "./doctor.ts";

/** Resolves with the largest record met; undefined when there was none. */
export async function checkFeed(
  list: Checklist,
  feed: FeedSettings,
  source: FeedSource,
  deps: DoctorDeps,
): Promise<FeedRecord | undefined> {
  const view = `view:${feed.name}`;
  if (feed.kind !== "share") {
    await list.run(view, `feed ${feed.name}: view ${feed.viewId ?? ""}`, ["api"], () => lookAtView(feed, deps));
  }
  let largest: FeedRecord | undefined;
  await list.run(`sample:${feed.name}`, `feed ${feed.name}: one record`, ["api", view], async () => {
    const sample = await takeSample(feed, source, deps);
    largest = sample.largest;
    return sample.found;
  });
  return largest;
}

async function lookAtView(feed: FeedSettings, deps: DoctorDeps): Promise<Found> {
  const { placeholders, limit, bounds, warnings } = await inspectView(feed, deps.under.definitions, deps.signal);
  const facts = [
    placeholders === undefined
      ? "its definition cannot be read"
      : `asks for ${placeholders.join(", ") || "nothing"}: all filled`,
    `shows at most ${limit} records at once`,
    bounds === undefined
      ? "does not tell by which time it filters"
      : `filters by ${bounds.field} (${bounds.fromInclusive ? "from on" : "after from"}, ${bounds.toInclusive ? "up to and with to" : "before to"})`,
  ];
  return { detail: facts.join("; "), warnings };
}

interface Sample {
  readonly found: Found;
  readonly largest?: FeedRecord;
}

/** The last hour, else the last day, else the last week: of each the first page that shows a record. */
async function takeSample(feed: FeedSettings, source: FeedSource, deps: DoctorDeps): Promise<Sample> {
  const { sliceMaxBytes } = deps.under.settings;
  const to = deps.now() - feed.timing.settleDelayMs;
  const parts = await source.parts(deps.signal, []);
  const warnings: NonNullable<Found["warnings"]>[number][] = [];
  let unreadable: string | undefined;
  let filtered = 0;
  for (const spanMs of SPANS_MS) {
    for (const part of parts.slice(0, MOST_PARTS)) {
      const window = { from: to - spanMs, to };
      for await (const page of source.readPages({ part, window, signal: deps.signal })) {
        unreadable ??= page.unreadable[0]?.reason;
        filtered += page.filtered;
        if (page.bytes > sliceMaxBytes) warnings.push(pageTooLarge(page.bytes, sliceMaxBytes));
        const [first] = page.records;
        if (first === undefined) continue;
        warnings.push(...(source.takeWarnings?.() ?? []));
        if (unreadable !== undefined) warnings.push(unreadableSeen(unreadable));
        const largest = page.records.reduce((most, one) => (one.body.length > most.body.length ? one : most), first);
        const places = parts.length > 1 ? ` at one of ${parts.length} places` : "";
        const detail = `${describe(first)}${places}; the largest of ${page.records.length} has ${largest.body.length} bytes`;
        return { found: { detail, warnings }, largest };
      }
    }
  }
  warnings.push(...(source.takeWarnings?.() ?? []));
  warnings.push(nothingFound(feed, { from: to - (SPANS_MS.at(-1) ?? 0), to }, unreadable, filtered));
  return { found: { detail: "the API answers without an error", warnings } };
}

const HOUR_MS = 60 * 60 * 1000;
const SPANS_MS = [HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS];
/** A dashboard may have hundreds of places. */
const MOST_PARTS = 3;

/** What tells it apart and nothing of what it says. */
function describe({ key, recType, time, body }: FeedRecord): string {
  return `record ${key} of ${recType}, ${isoText(time)}, ${body.length} bytes`;
}

function nothingFound(
  feed: FeedSettings,
  window: { readonly from: number; readonly to: number },
  unreadable: string | undefined,
  filtered: number,
) {
  if (unreadable !== undefined) return unreadableSeen(unreadable);
  const message = `Feed "${feed.name}" shows no record in ${describeWindow(window)}`;
  if (filtered > 0) {
    return {
      message: `${message}: ${filtered} were there, and MICROSHARE_OWNER_FILTER or the data context leaves all of them out`,
      fix: "Correct ownerFilter or dataContext of this feed.",
    };
  }
  return {
    message,
    fix: "If records are expected, check recType, dataContext and locations of the feed, and that the identity of the login may see them. If it is just quiet, nothing.",
  };
}

function unreadableSeen(reason: string): BridgeError | { message: string; fix: string } {
  return {
    message: `A record could not be read: ${reason}`,
    fix: "It would become a dead letter. If all are like that, check kind and timeField of the feed.",
  };
}

function pageTooLarge(bytes: number, most: number) {
  return {
    message: `One page has ${bytes} bytes, more than SLICE_MAX_BYTES (${most})`,
    fix: "Raise SLICE_MAX_BYTES, or lower the page size of the feed: such a window is read again in halves.",
  };
}
