// Entries of FEEDS made from what was found: right in form, and honest about what cannot be known.
import type { FeedOptions } from "../microshare/feed-options.ts";
import type { FoundCluster, FoundView } from "../microshare/discover.ts";
import { parameterNames } from "../microshare/view-query.ts";

export interface SuggestedFeed {
  /** As it goes into FEEDS. */
  readonly entry: Readonly<Record<string, unknown>> & { readonly name: string };
  /** What a person has to look at before it is used. */
  readonly check: readonly string[];
}

/** Where a value has to be set by hand. */
export const TO_SET = "SET_ME";

/** One for each view that gives records, and one for each record type that plain reads show. */
export function suggestFeeds(
  views: readonly FoundView[],
  clusters: readonly FoundCluster[],
  recTypes: readonly { readonly recType: string; readonly readable: boolean }[],
): readonly SuggestedFeed[] {
  const taken = new Set<string>();
  const named = (text: string): string => unique(text, taken);
  const known = recTypes.map(({ recType }) => recType);
  return [
    ...views
      .filter(({ definition }) => definition?.standsFor !== "a count")
      .map((view) => viewFeed(view, clusters, known, named)),
    ...recTypes.filter(({ readable }) => readable).map(({ recType }) => shareFeed(recType, named)),
  ];
}

function shareFeed(recType: string, named: (text: string) => string): SuggestedFeed {
  return {
    entry: { name: named(recType.replace(/^io\.microshare\./, "")), kind: "share", recType },
    check: ["A plain read has no time filter: a view of the same records costs fewer calls."],
  };
}

function viewFeed(
  view: FoundView,
  clusters: readonly FoundCluster[],
  known: readonly string[],
  named: (text: string) => string,
): SuggestedFeed {
  const placeholders = view.definition?.placeholders ?? [];
  const check: string[] = [];
  const isDashboard = placeholders.includes("loc1");
  const recType = view.recType ?? known[0] ?? TO_SET;
  if (view.recType === undefined) {
    check.push(
      known.length === 0
        ? "recType: the view takes any, and none is known."
        : `recType: the view takes any; known are ${known.join(", ")}.`,
    );
  }
  if (view.definition === undefined) {
    check.push("Its definition is not shown: set viewLimit to its $limit, and add what bridge doctor says is missing.");
  }
  const cluster = clusters.find(({ targetRecType }) => targetRecType === recType) ?? clusters[0];
  const context = placeholders.includes("dataContext") ? (cluster?.dataContext ?? [TO_SET]) : undefined;
  if (context !== undefined) check.push("dataContext: tags that all records of the feed must carry.");
  const places = isDashboard ? placesFrom(cluster, check) : {};
  const options: FeedOptions = {
    name: view.name,
    kind: isDashboard ? "dashboard" : "view",
    recType,
    viewId: view.id,
    viewRecType: view.viewRecType,
    viewParameters: {},
    viewTrailingSlash: true,
    dataContext: context ?? [],
    timeField: "auto",
    pageSize: 1,
  };
  const filled = parameterNames(options, isDashboard ? ["loc1"] : []);
  const open = placeholders.filter((name) => !filled.has(name));
  if (open.length > 0) check.push(`viewParameters: nobody but the view's owner knows what ${open.join(", ")} may be.`);
  return {
    entry: {
      name: named(view.name === "" ? view.id : view.name),
      kind: options.kind,
      recType,
      viewId: view.id,
      ...(view.viewRecType === "" ? {} : { viewRecType: view.viewRecType }),
      ...(context === undefined ? {} : { dataContext: context }),
      ...places,
      ...(open.length === 0 ? {} : { viewParameters: Object.fromEntries(open.map((name) => [name, TO_SET])) }),
    },
    check,
  };
}

function placesFrom(cluster: FoundCluster | undefined, check: string[]): Readonly<Record<string, unknown>> {
  if (cluster === undefined) {
    check.push("locations: no device cluster can be seen, so they have to be named.");
    return { locations: [TO_SET] };
  }
  check.push(`deviceCluster: locations are those of ${cluster.name === "" ? cluster.id : cluster.name}.`);
  return { deviceCluster: `${cluster.recType}/${cluster.id}` };
}

/** Lower case, digits and dashes: what a feed may be called. */
function unique(text: string, taken: Set<string>): string {
  const base =
    text
      .replaceAll(/([a-z])([A-Z])/g, "$1-$2")
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 40) || "feed";
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base}-${count}`;
  taken.add(name);
  return name;
}
