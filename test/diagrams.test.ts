import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DIAGRAMS, diagramSources, sealed, sealOf } from "../dev/diagrams.ts";

const textOf = (file: string): string => readFileSync(`${DIAGRAMS}${file}`, "utf8");

const root = new URL("../", import.meta.url);
const documents = ["README.md", "DEPLOYMENT.md", ...readdirSync(new URL("docs/", root)).map((file) => `docs/${file}`)]
  .filter((file) => file.endsWith(".md"))
  .map((file) => readFileSync(new URL(file, root), "utf8"))
  .join("\n");

describe.each(diagramSources())("the diagram %s", (name) => {
  const source = textOf(`${name}.mmd`);
  const svg = textOf(`${name}.svg`);

  it("was drawn from its source as it is now (npm run diagrams)", () => {
    expect(svg).toContain(`data-source="${sealOf(source)}"`);
    expect(sealed("<svg >", `${source}%%`)).not.toContain(sealOf(source));
  });

  it("shows its words in every viewer, runs nothing and loads nothing", () => {
    expect(svg).not.toMatch(/<foreignObject|<script|<image|@import|\son\w+=/i);
    expect(svg.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(/https?:\/\//);
    expect(svg).toMatch(/aria-label="[^"]+"/);
  });

  it("is used, with words for those who do not see it", () => {
    expect(documents).toMatch(new RegExp(`!\\[[^\\]]{40,}\\]\\([\\w/]*diagrams/${name}\\.svg\\)`));
  });
});

it("no picture is left without a source", () => {
  const pictures = readdirSync(DIAGRAMS).filter((file) => file.endsWith(".svg"));
  expect(pictures.map((file) => file.slice(0, -".svg".length)).toSorted()).toEqual(diagramSources());
});
