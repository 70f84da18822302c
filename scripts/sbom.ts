// npm run sbom: writes package/sbom.cdx.json, the list of everything that the package is made from (CycloneDX 1.5).
// Not by `npm sbom`: with `--omit dev` it left out nine of ten packages that are shipped (npm 11.19), and it writes a new
// time and number each time. This one is made from the lock file, and the same lock file gives the same bytes.
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { readProductionTree, type LockedPackage, type ProductionTree } from "./production-tree.ts";

const FILE = new URL("../package/sbom.cdx.json", import.meta.url);

if (import.meta.main) {
  const count = await writeSbom();
  process.stdout.write(`package/sbom.cdx.json lists ${count} components\n`);
}

/** Resolves with the number of components. */
export async function writeSbom(): Promise<number> {
  const tree = await readProductionTree();
  await mkdir(new URL(".", FILE), { recursive: true });
  await writeFile(FILE, renderSbom(tree));
  return componentsOf(tree.packages).length;
}

/** The file as text. A package that is installed at several places in one version is one component. */
export function renderSbom(tree: ProductionTree): string {
  const main = `pkg:npm/${tree.name}@${tree.version}`;
  const refs = new Map(tree.packages.map((one) => [one.path, purlOf(one)]));
  const body = {
    metadata: {
      lifecycles: [{ phase: "pre-build" }],
      component: {
        "bom-ref": main,
        type: "application",
        name: tree.name,
        version: tree.version,
        purl: main,
        ...licensed(tree),
      },
    },
    components: componentsOf(tree.packages),
    dependencies: [{ ref: main, dependsOn: refsOf(tree.dependencies, refs) }, ...dependenciesOf(tree.packages, refs)],
  };
  const file = {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(body))}`,
    version: 1,
    ...body,
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

function componentsOf(packages: readonly LockedPackage[]): readonly object[] {
  const components = packages.map((one) => {
    const purl = purlOf(one);
    return [
      purl,
      {
        "bom-ref": purl,
        type: "library",
        ...nameOf(one),
        version: one.version,
        purl,
        ...hashed(one),
        ...licensed(one),
      },
    ] as const;
  });
  return [...new Map(components)]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, component]) => component);
}

/** Two copies of one version may resolve differently: their dependencies are put together. */
function dependenciesOf(packages: readonly LockedPackage[], refs: ReadonlyMap<string, string>): readonly object[] {
  const all = Map.groupBy(packages, purlOf);
  return [...all]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([ref, copies]) => ({
      ref,
      dependsOn: refsOf(
        copies.flatMap(({ dependencies }) => dependencies),
        refs,
      ),
    }));
}

function refsOf(paths: readonly string[], refs: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set(paths.flatMap((path) => refs.get(path) ?? []))].toSorted();
}

/** https://github.com/package-url/purl-spec: the @ of a scope is percent-encoded. */
export function purlOf({ name, version }: LockedPackage): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function nameOf({ name }: LockedPackage): object {
  const [scope, bare] = name.split("/");
  return bare === undefined ? { name } : { group: scope, name: bare };
}

function hashed({ integrity }: LockedPackage): object {
  const digest = /^sha512-(.+)$/.exec(integrity ?? "")?.[1];
  return digest === undefined
    ? {}
    : { hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }] };
}

function licensed({ license }: { readonly license: string | undefined }): object {
  if (license === undefined) return {};
  return { licenses: [/ (?:AND|OR|WITH) /.test(license) ? { expression: license } : { license: { id: license } }] };
}

/** From the content, in the form of a version 8 UUID (RFC 9562), which is free to choose. */
function uuidOf(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
