// The page: asks for the data again and again, shows it, and says how old it is.
import { byId } from "./dom.js";
import { showLetters } from "./letters.js";
import { startLive } from "./live.js";
import { showPartitions } from "./partitions.js";
import { showRoutes, toneOf } from "./routes.js";
import { recolourRuns, showRuns, startRuns } from "./runs.js";
import { countText, spanText, timeText } from "./texts.js";
import { startTheme } from "./theme.js";

/** @typedef {import("../page-data.ts").PageData} PageData */

/** Longer than the bridge itself waits for storage. */
const ANSWER_MS = 45_000;
const FIRST_PERIOD_SECONDS = 10;
/** Periods without data after which it is called old, whatever the reason. */
const OLD_PERIODS = 3;

/** @type {{ data: PageData, readAt: number } | undefined} */
let last;
/** @type {string | undefined} */
let problem;
let asking = false;
/** @type {number | undefined} */
let next;

async function refresh() {
  if (asking) return;
  asking = true;
  clearTimeout(next);
  try {
    const answer = await fetch("data.json", { signal: AbortSignal.timeout(ANSWER_MS) });
    take(answer.status, await answer.text());
  } catch (error) {
    // Fetching fails with these alone; anything else is a bug, and belongs into the console.
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    problem =
      "The dashboard's program does not answer. Fix: start bridge dashboard again and open the address it prints.";
  } finally {
    asking = false;
    sayHowFresh();
    next = window.setTimeout(() => void refresh(), (last?.data.everySeconds ?? FIRST_PERIOD_SECONDS) * 1000);
  }
}

/**
 * @param {number} status
 * @param {string} text
 */
function take(status, text) {
  if (status === 200) {
    /** @type {PageData} */
    const data = JSON.parse(text);
    last = { data, readAt: performance.now() };
    problem = undefined;
    show(data);
  } else if (status === 503) {
    const { code, message, fix } = JSON.parse(text).error;
    problem = `The data cannot be read: ${code}: ${message} Fix: ${fix}`;
  } else problem = `The dashboard's program answers with ${status}: ${text.trim()}`;
}

/** @param {PageData} data */
function show({ status, details, sinks }) {
  const bad = status.routes.filter((route) => toneOf(route) !== "good").length;
  const count = countText(status.routes.length, "route");
  const attention = bad === 0 ? "all good" : `${bad} in need of attention`;
  document.title = `${bad === 0 ? "" : `(${bad}) `}Bridge dashboard`;
  const nextRun = status.nextRun === undefined ? "" : `, next run ${timeText(status.nextRun)}`;
  byId("summary").textContent = `${count}, ${attention}. State of ${timeText(status.at)}${nextRun}.`;
  showRoutes(status.routes);
  showRuns(details);
  showPartitions(sinks);
  showLetters(
    details,
    status.routes.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
  );
}

/** Changes the text only with the state, so that a screen reader says it once. */
function sayHowFresh() {
  const [kind, text] = freshness();
  const place = byId("freshness");
  place.dataset["kind"] = kind;
  if (place.textContent !== text) place.textContent = text;
}

/** @returns {[kind: "reading" | "good" | "old" | "failed", text: string]} */
function freshness() {
  if (last === undefined) return problem === undefined ? ["reading", "The data is being read."] : ["failed", problem];
  const { data, readAt } = last;
  const period = data.everySeconds;
  const old = `What is shown is old: the state of ${timeText(data.status.at)}.`;
  if (problem !== undefined) return ["failed", `${problem} ${old}`];
  const isOld = performance.now() - readAt > OLD_PERIODS * period * 1000;
  if (isOld) return ["old", `No answer for more than ${spanText(OLD_PERIODS * period)}. ${old}`];
  return ["good", `The data is up to date; it is read again every ${spanText(period)}.`];
}

startTheme(recolourRuns);
startRuns();
startLive();
byId("refresh").addEventListener("click", () => void refresh());
setInterval(sayHowFresh, 1000);
void refresh();
