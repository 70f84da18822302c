// The two faults that change which page is answered: `page` ignored, and drift between two pages.
import type { Answer, ApiRequest } from "./answer.ts";
import type { Effect } from "./faults.ts";
import { deleteBehind, insertBehind } from "./page-drift.ts";
import type { Drift } from "./page-drift.ts";
import type { Store } from "./store.ts";

/** Answers page 1 when `ignorePage` struck; `echoPage` makes the answer claim to be the page asked for. */
export function withIgnoredPage(
  request: ApiRequest,
  effects: readonly Effect[],
  answer: (request: ApiRequest) => Answer,
): Answer {
  const fault = effects.find((effect) => effect.kind === "ignorePage");
  if (fault === undefined) return answer(request);
  const query = new URLSearchParams(request.query);
  query.delete("page");
  const first = answer({ ...request, query });
  const askedFor = Number(request.query.get("page") ?? 1);
  if (!fault.echoPage || first.kind !== "envelope") return first;
  return { ...first, meta: { ...first.meta, currentPage: askedFor } };
}

export function driftOf(store: Store, effects: readonly Effect[]): Drift {
  const fault = effects.find((effect) => effect.kind === "pageDrift");
  if (fault === undefined) return () => undefined;
  const drift = fault.change === "delete" ? deleteBehind : insertBehind;
  return (firstOfPageBefore, now) => drift(store, firstOfPageBefore, now);
}
