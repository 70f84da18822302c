// The diagrams of the documentation: where they are, how they are drawn, and which source a picture was made from.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const DIAGRAMS = fileURLToPath(new URL("../docs/diagrams/", import.meta.url));

/** What the same source is always drawn with: no ids by chance, and text as text, which every viewer shows. */
export const MERMAID_SETTINGS = {
  startOnLoad: false,
  securityLevel: "strict",
  deterministicIds: true,
  deterministicIDSeed: "microshare-azure-bridge",
  handDrawnSeed: 1,
  theme: "neutral",
  fontFamily: "Arial, Helvetica, sans-serif",
  htmlLabels: false,
  flowchart: { htmlLabels: false, wrappingWidth: 320 },
  sequence: { mirrorActors: false },
} as const;

/** Names, without `.mmd`. */
export function diagramSources(): readonly string[] {
  return readdirSync(DIAGRAMS)
    .filter((file) => file.endsWith(".mmd"))
    .map((file) => file.slice(0, -".mmd".length))
    .toSorted();
}

/** The picture with a note of what it was drawn from, and a ground of its own for pages with a dark one. */
export function sealed(svg: string, source: string): string {
  const [, title = ""] = /^%% Title: (.+)$/m.exec(source) ?? [];
  return (
    svg
      .replace(/^<svg /, `<svg data-source="${sealOf(source)}" aria-label="${title}" `)
      .replace("max-width:", "background: white; max-width:")
      .trimEnd() + "\n"
  );
}

/** Of the source, how it is drawn, and the version that draws it. */
export function sealOf(source: string): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const { mermaid: version } = Object(Object(manifest).devDependencies);
  return createHash("sha256")
    .update(JSON.stringify([source, MERMAID_SETTINGS, version]))
    .digest("hex")
    .slice(0, 16);
}
