// Colours, on a terminal and nowhere else.
import { styleText } from "node:util";
import type { Environment } from "../../config/load-settings.ts";
import type { Output } from "../world.ts";

export type Tone = "good" | "warning" | "bad" | "dim" | "strong";

/** Text in a tone, or as it is. */
export type Style = (tone: Tone, text: string) => string;

const FORMATS = { good: "green", warning: "yellow", bad: "red", dim: "gray", strong: "bold" } as const;

export function styleFor(output: Output, environment: Environment): Style {
  // https://no-color.org: any value but an empty one.
  const wanted = output.isTTY === true && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
  return (tone, text) => (wanted ? styleText(FORMATS[tone], text, { validateStream: false }) : text);
}
