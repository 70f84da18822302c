// Light or dark: as the system says, or as it is chosen here.
import { selectById } from "./dom.js";

const KEY = "bridge-dashboard-colours";

/**
 * Calls the listener after each change, also when the system changes.
 * @param {() => void} listener
 */
export function startTheme(listener) {
  const select = selectById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const dark = select.value === "dark" || (select.value === "system" && system.matches);
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
    listener();
  };
  const kept = localStorage.getItem(KEY);
  if (kept === "light" || kept === "dark") select.value = kept;
  select.addEventListener("change", () => {
    localStorage.setItem(KEY, select.value);
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}
