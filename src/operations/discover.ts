// What the account can see, and feeds made from it that only need to be pasted.
import type { BridgeError } from "../errors.ts";
import { findClusters, findViews, lookAtType, type FoundCluster, type FoundView } from "../microshare/discover.ts";
import type { OperationDeps } from "./operations.ts";
import { suggestFeeds, type SuggestedFeed } from "./suggested-feeds.ts";

export interface Discovery {
  readonly identity?: string;
  readonly views: readonly {
    readonly id: string;
    readonly name: string;
    readonly viewRecType: string;
    readonly placeholders?: readonly string[];
    readonly limit?: number;
    readonly filtersBy?: string;
    readonly counts?: true;
  }[];
  readonly clusters: readonly FoundCluster[];
  readonly recTypes: readonly { readonly recType: string; readonly total?: number; readonly readable: boolean }[];
  /** For FEEDS, each with what nobody but a person can know. */
  readonly feeds: readonly SuggestedFeed[];
  /** What the API does not tell, or would not. */
  readonly unknown: readonly string[];
}

/** Asks for lists and for a page of each record type: reads only. */
export async function discover(
  deps: OperationDeps & { readonly signal: AbortSignal },
  tell: (doing: string) => void,
): Promise<Discovery> {
  const { api, settings } = deps.under;
  const { signal } = deps;
  tell("logging in");
  const { identity } = await api.signIn(signal);
  tell("asking for views");
  const usual = settings.feeds[0]?.viewRecType ?? "io.microshare.fm.master.agg";
  const views = await findViews(api, usual, signal);
  tell("asking for device clusters: this may take half a minute");
  const clusters = await findClusters(api, signal);
  const recTypes: Discovery["recTypes"][number][] = [];
  const names = typesOf(views.items, clusters.items, settings.feeds);
  for (const recType of names.slice(0, MOST_TYPES)) {
    tell(`looking at ${recType}`);
    recTypes.push({ recType, ...(await lookAtType(api, recType, signal)) });
  }
  return {
    ...(identity === undefined ? {} : { identity }),
    views: views.items.map(viewFacts),
    clusters: clusters.items,
    recTypes,
    feeds: suggestFeeds(views.items, clusters.items, recTypes),
    unknown: [
      "The API has no list of record types: those shown stand in the queries of views, in device clusters and in the settings.",
      "Whether a view shows records to this account is seen only by asking it: paste a feed and run bridge preview.",
      ...(names.length > MOST_TYPES ? [`Of ${names.length} record types, ${MOST_TYPES} were looked at.`] : []),
      ...notListed("views", views.problem),
      ...notListed("device clusters", clusters.problem),
    ],
  };
}

/** One call each. */
const MOST_TYPES = 25;

function typesOf(
  views: readonly FoundView[],
  clusters: readonly FoundCluster[],
  feeds: readonly { readonly recType: string }[],
): readonly string[] {
  const named = [
    ...feeds.map(({ recType }) => recType),
    ...views.flatMap(({ recType }) => recType ?? []),
    ...clusters.flatMap(({ targetRecType }) => targetRecType ?? []),
  ];
  return [...new Set(named)];
}

function viewFacts({ id, name, viewRecType, definition }: FoundView): Discovery["views"][number] {
  if (definition === undefined) return { id, name, viewRecType };
  const { placeholders, limits, bounds, standsFor } = definition;
  return {
    id,
    name,
    viewRecType,
    placeholders,
    ...(limits.records === undefined ? {} : { limit: limits.records }),
    ...(bounds === undefined ? {} : { filtersBy: bounds.field }),
    ...(standsFor === "a count" ? { counts: true } : {}),
  };
}

function notListed(what: string, problem: BridgeError | undefined): readonly string[] {
  return problem === undefined ? [] : [`The API would not list ${what}: ${problem.message}`];
}
