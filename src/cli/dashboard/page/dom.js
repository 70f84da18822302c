// Elements for the page. Text from elsewhere only ever becomes a text node: it cannot become an element.

/**
 * @typedef {Readonly<Record<string, string>>} Attributes
 * @typedef {Node | string} Child
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  for (const child of children) made.append(typeof child === "string" ? document.createTextNode(child) : child);
  return made;
}

/**
 * An element of index.html.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no ${id}`);
  return found;
}

/**
 * @param {string} id
 * @returns {HTMLSelectElement}
 */
export function selectById(id) {
  const found = byId(id);
  if (!(found instanceof HTMLSelectElement)) throw new Error(`${id} is no select`);
  return found;
}

/**
 * Numbers stand at the right. The first cell of a row is its heading.
 * @param {string} caption
 * @param {readonly string[]} head
 * @param {readonly (readonly (string | number)[])[]} rows
 */
export function tableOf(caption, head, rows) {
  const numbers = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"));
  const heads = head.map((title, column) => element("th", { scope: "col", ...classOf(numbers[column]) }, title));
  const lines = rows.map((row) =>
    element("tr", {}, ...row.map((cell, column) => cellOf(cell, column === 0, numbers[column] === true))),
  );
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...lines),
  );
}

/**
 * @param {string | number} cell
 * @param {boolean} isHeading
 * @param {boolean} isNumber
 */
function cellOf(cell, isHeading, isNumber) {
  const text = String(cell);
  return isHeading
    ? element("th", { scope: "row", ...classOf(isNumber) }, text)
    : element("td", classOf(isNumber), text);
}

/**
 * @param {boolean | undefined} isNumber
 * @returns {Attributes}
 */
function classOf(isNumber) {
  return isNumber === true ? { class: "number" } : {};
}

/** @type {WeakMap<HTMLElement, string>} */
const shown = new WeakMap();

/**
 * Draws only what has changed, so that nobody loses his place in a table. True when it has.
 * @param {HTMLElement} place
 * @param {unknown} data
 * @param {() => readonly Node[]} draw
 */
export function drawIfChanged(place, data, draw) {
  const text = JSON.stringify(data);
  if (shown.get(place) === text) return false;
  shown.set(place, text);
  place.replaceChildren(...draw());
  return true;
}
