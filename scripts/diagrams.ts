// npm run diagrams: renders docs/diagrams/*.mmd to SVG, with Mermaid in Debian's Chromium, without a network.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { chromiumPath } from "../dev/chromium.ts";
import { diagramSources, DIAGRAMS, MERMAID_SETTINGS, sealed } from "../dev/diagrams.ts";

declare const mermaid: {
  initialize(settings: unknown): void;
  render(id: string, text: string): Promise<{ readonly svg: string }>;
};

const library = createRequire(import.meta.url).resolve("mermaid/dist/mermaid.min.js");
const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
try {
  const context = await browser.newContext({ offline: true });
  const page = await context.newPage();
  await page.addScriptTag({ path: library });
  for (const name of diagramSources()) {
    const source = readFileSync(`${DIAGRAMS}${name}.mmd`, "utf8");
    const svg = await page.evaluate(
      async ({ id, text, settings }) => {
        mermaid.initialize(settings);
        return (await mermaid.render(id, text)).svg;
      },
      { id: name, text: source, settings: MERMAID_SETTINGS },
    );
    writeFileSync(`${DIAGRAMS}${name}.svg`, sealed(svg, source));
    process.stdout.write(`docs/diagrams/${name}.svg\n`);
  }
} finally {
  await browser.close();
}
