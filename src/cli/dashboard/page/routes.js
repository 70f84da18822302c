// The routes as cards: verdict, watermark and lag, what came in a day, and the last error with its fix.
import { byId, drawIfChanged, element } from "./dom.js";
import { minuteText, spanText, timeText } from "./texts.js";

/** @typedef {import("../../../operations/status.ts").RouteStatus} RouteStatus */

/** @type {Readonly<Record<string, string>>} */
const TONES = {
  healthy: "good",
  quiet: "good",
  "catching-up": "good",
  stuck: "bad",
  failing: "bad",
  "not-running": "bad",
};

/**
 * Good, bad, or what is between them.
 * @param {RouteStatus} route
 */
export function toneOf({ verdict }) {
  return TONES[verdict.kind] ?? "warning";
}

/** @param {readonly RouteStatus[]} routes */
export function showRoutes(routes) {
  const place = byId("route-cards");
  drawIfChanged(
    place,
    routes.map(({ route }) => route),
    () => (routes.length === 0 ? [element("p", {}, "There is no route.")] : routes.map(emptyCard)),
  );
  for (const [index, route] of routes.entries()) fillCard(place.children[index], route);
}

/** Its parts change each on its own, so that what is open, or has the focus, stays. */
function emptyCard() {
  return element("article", {}, ...PARTS.map(() => element("div")));
}

/** @type {readonly ((route: RouteStatus) => readonly Node[])[]} */
const PARTS = [headOf, factsOf, errorOf];

/**
 * @param {Element | undefined} card
 * @param {RouteStatus} route
 */
function fillCard(card, route) {
  if (card === undefined) return;
  card.className = `card ${toneOf(route)}`;
  for (const [index, draw] of PARTS.entries()) {
    const part = card.children[index];
    const drawn = draw(route);
    const data = drawn.map((node) => node.textContent);
    if (part instanceof HTMLElement) drawIfChanged(part, [toneOf(route), data], () => drawn);
  }
}

/** @param {RouteStatus} route */
function headOf(route) {
  const { verdict } = route;
  const kind = element("strong", { class: `verdict ${toneOf(route)}` }, verdict.kind);
  return [
    element("h3", {}, route.route),
    element("p", {}, kind, ` ${verdict.because}`),
    ...(verdict.fix === undefined ? [] : [fix(verdict.fix)]),
  ];
}

/** @param {RouteStatus} route */
function factsOf({ lastDay, gaps, runningNow, warnings, ...route }) {
  const facts = [
    ["Watermark", minuteText(route.watermark)],
    ["Lag", spanText(route.lagSeconds)],
    ["Last success", minuteText(route.lastSuccess)],
    ["Delivered in 24 h", String(lastDay.delivered)],
    ["Known already", String(lastDay.alreadyDelivered)],
    ["Late", String(lastDay.late)],
    ["Dead letters", String(route.deadLetters)],
    ...(gaps === 0 ? [] : [["Spans given up", String(gaps)]]),
    ...(runningNow === undefined ? [] : [["At work now", runningNow]]),
    ...(warnings.length === 0 ? [] : [["Warnings", warnings.join(", ")]]),
  ];
  const cells = facts.flatMap(([name = "", text = ""]) => [element("dt", {}, name), element("dd", {}, text)]);
  return [element("dl", {}, ...cells)];
}

/**
 * Open where it is the reason for the verdict; folded where a later run went well.
 * @param {RouteStatus} route
 */
function errorOf({ verdict, lastError }) {
  if (lastError === undefined) return [];
  const { at, code, message } = lastError;
  const folded = element("details", {}, element("summary", { class: "error" }, `Last error: ${code}`));
  folded.open = verdict.kind === "failing";
  folded.append(element("p", { class: "error" }, `${timeText(at)}: ${message}`));
  if (lastError.fix !== verdict.fix) folded.append(fix(lastError.fix));
  return [folded];
}

/** @param {string} text */
function fix(text) {
  return element("p", { class: "fix" }, element("strong", {}, "Fix:"), ` ${text}`);
}
