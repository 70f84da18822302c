import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { settingNames } from "../../src/config/settings-table.ts";

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const text = readFileSync(at("DEPLOYMENT.md"), "utf8");
const all = (pattern: RegExp, from = text): readonly string[] =>
  [...from.matchAll(pattern)].map(([whole, part]) => part ?? whole);

/** Written by the reader. */
const isLater = (path: string): boolean => path === "infra/terraform.tfvars";

/** What DEPLOYMENT.md refers to and nothing has, in words. */
function strayNames(document: string): readonly string[] {
  const scripts = all(/npm run ([\w:-]+)/g, document).filter((name) => !Object.hasOwn(manifest.scripts, name));
  const links = all(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g, document).filter((path) => !existsSync(at(path)));
  const paths = all(/`((?:infra|docs|scripts|src)\/[\w./-]+)`/g, document).filter(
    (path) => !existsSync(at(path)) && !isLater(path),
  );
  const queries = all(/cat (docs\/queries\/[\w.-]+)/g, document).filter((path) => !existsSync(at(path)));
  const names = all(/`"?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/g, document).filter((name) => !known.has(name));
  const json = all(/"name": "(\w+)"/g, document).filter((name) => !known.has(name));
  const hcl = all(/^ {2}([A-Z_]+) +=/gm, document).filter((name) => !known.has(name));
  return [...scripts, ...links, ...paths, ...queries, ...names, ...json, ...hcl];
}

const errorCodes = all(/"([A-Z_]+)"/g, readFileSync(at("src/errors.ts"), "utf8"));
const ofWorkflows = all(/vars\.(\w+)/g, readFileSync(at(".github/workflows/deploy.yml"), "utf8"));
const known = new Set<string>([...settingNames, ...errorCodes, ...ofWorkflows]);

/** Blocks of HCL by their keyword: `variable` or `output`. */
function blocksOf(keyword: string): readonly string[] {
  const files = readdirSync(at("infra")).filter((file) => file.endsWith(".tf"));
  const sources = files.map((file) => readFileSync(at(`infra/${file}`), "utf8")).join("\n");
  return all(new RegExp(String.raw`^${keyword} "(\w+)"`, "gm"), sources);
}

describe("DEPLOYMENT.md", () => {
  it("names scripts, files, settings and error codes that exist", () => {
    expect(strayNames(text)).toEqual([]);
    expect(
      strayNames(
        "`npm run deploy`, `MICROSHARE_PASS`, [x](docs/none.md), `infra/none.tf`, `cat docs/queries/none.kql`",
      ),
    ).toEqual(["deploy", "docs/none.md", "infra/none.tf", "docs/queries/none.kql", "MICROSHARE_PASS"]);
  });

  it("links to its own headings only where they are", () => {
    const anchors = new Set(
      all(/^#+ (.+)$/gm).map((heading) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      ),
    );
    expect(all(/\]\(#([^)]+)\)/g).filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });

  it("publishes the staged folder as it is", () => {
    const commands = all(/^.*func azure functionapp publish .*$/gm);
    expect(commands.length).toBeGreaterThan(2);
    for (const command of commands) expect(command).toMatch(/publish \S+ --javascript --no-build/);
    expect(text.match(/^cd (?:\.\.\/)?package\/app$/gm)).toHaveLength(2);
  });

  it("says after each block of commands what it prints", () => {
    const blocks = all(/```(?:\n[^`]*|hcl\n[^`]*)```\n\n([^\n]*)/g);
    expect(blocks.length).toBeGreaterThan(8);
    const silent = blocks.filter(
      (next) => !/prints|asks|ends|^and the outputs|^Put your own|^Without|^`az ad|^`package|^`azd deploy/.test(next),
    );
    expect(silent).toEqual([]);
  });

  it("keeps secrets off the command line", () => {
    expect(text).not.toMatch(/keyvault secret set[^\n]*--value/);
    expect(text).not.toMatch(/--settings [^@\n]*(?:PASSWORD|API_KEY|CONNECTION_STRING)/);
  });

  it("quotes what the package prints and the first run says", () => {
    const [packaging = ""] = all(/^package\/app is ready for: .*$/gm);
    expect(readFileSync(at("scripts/package.ts"), "utf8")).toContain(packaging);
    expect(readFileSync(at("src/run-routes.ts"), "utf8")).toContain("No state was found for route ");
  });

  it("asks Terraform for outputs and variables that there are", () => {
    const outputs = [...all(/terraform output -raw (\w+)/g), ...all(/azd env get-value (\w+)/g)];
    expect(outputs.length).toBeGreaterThan(4);
    expect(outputs.filter((name) => !blocksOf("output").includes(name))).toEqual([]);
    const [tfvars = ""] = all(/```hcl\n([^`]*)```/g);
    const variables = [...all(/^(\w+) +=/gm, tfvars), ...all(/TF_VAR_(\w+)=/g)];
    expect(variables.length).toBeGreaterThan(4);
    expect(variables.filter((name) => !blocksOf("variable").includes(name))).toEqual([]);
  });
});
