// The dead letters of all routes: records that no sink took, each with its reason.
import { byId, drawIfChanged, element, tableOf } from "./dom.js";
import { countText, timeText } from "./texts.js";

/**
 * @param {import("../page-data.ts").PageData["details"]} details
 * @param {number} count of all of them
 */
export function showLetters(details, count) {
  const letters = details.flatMap(({ route, letters: own }) => own.map((letter) => ({ route, ...letter })));
  drawIfChanged(byId("letter-table"), [letters, count], () => {
    if (count === 0) return [element("p", {}, "There is none.")];
    const more = letters.length < count ? `, the newest ${letters.length} of them here` : "";
    return [
      element("p", {}, `${countText(count, "record was", "records were")} not taken by a sink and kept${more}.`),
      element(
        "div",
        { class: "scroll", role: "region", tabindex: "0", "aria-label": "Table of dead letters" },
        tableOf(
          "Dead letters",
          ["Since", "Route", "Record key", "Record type", "Bytes", "Reason", "Event id"],
          letters.map(({ at, route, recordKey, recType, bytes, reason, eventId }) => {
            return [timeText(at), route, recordKey ?? "-", recType ?? "-", bytes, reason, eventId];
          }),
        ),
      ),
    ];
  });
}
