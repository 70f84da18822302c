// The events of the hubs as they come, the newest first.
import { byId, element } from "./dom.js";
import { countText, timeText } from "./texts.js";

/**
 * @typedef {import("../page-data.ts").LiveState} LiveState
 * @typedef {import("../page-data.ts").LiveEvents} LiveEvents
 */

const MOST_ROWS = 100;

/** Follows until it is paused. */
export function startLive() {
  const button = byId("live-pause");
  let came = 0;
  /** @type {EventSource | undefined} */
  let source;

  function follow() {
    source = new EventSource("events");
    source.addEventListener("state", ({ data }) => say(stateText(JSON.parse(data))));
    source.addEventListener("events", ({ data }) => show(JSON.parse(data)));
    // The browser tries again by itself.
    source.addEventListener("error", () => say("The dashboard's program does not answer."));
  }

  function pause() {
    source?.close();
    source = undefined;
    say("Paused.");
  }

  /** @param {LiveEvents} told */
  function show({ events, skipped }) {
    came += events.length + skipped;
    byId("live-count").textContent =
      `${countText(came, "event")} came since the page was opened; the newest are listed.`;
    const rows = byId("live-rows");
    rows.prepend(...events.toReversed().map(rowOf));
    while (rows.childElementCount > MOST_ROWS) rows.lastElementChild?.remove();
  }

  button.addEventListener("click", () => {
    const pausing = source !== undefined;
    button.setAttribute("aria-pressed", String(pausing));
    if (pausing) pause();
    else follow();
  });
  follow();
}

/** @param {string} text */
function say(text) {
  const place = byId("live-state");
  if (place.textContent !== text) place.textContent = text;
}

/** @param {LiveState} state */
function stateText(state) {
  if (state.kind === "failed") {
    const { code, message, fix } = state.error;
    return `Cannot be followed: ${code}: ${message} Fix: ${fix}`;
  }
  if (state.kind === "not-followed") return state.because;
  return state.kind === "connecting" ? "Connecting to the hub." : "Following: what comes from now on is listed.";
}

/** @param {LiveEvents["events"][number]} event */
function rowOf({ enqueued, properties, sink, partition, sequence, bytes }) {
  const texts = [
    propertyText(properties["feed"]),
    propertyText(properties["recType"]),
    propertyText(properties["recordKey"]),
    properties["late"] === true ? "late" : "",
    sink,
    partition,
  ];
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, timeText(enqueued)),
    ...texts.map((one) => element("td", {}, one)),
    element("td", { class: "number" }, String(sequence)),
    element("td", { class: "number" }, String(bytes)),
  );
}

/**
 * Other writers may put anything there.
 * @param {unknown} property
 */
function propertyText(property) {
  if (typeof property === "string") return property;
  return property === undefined ? "-" : JSON.stringify(property);
}
