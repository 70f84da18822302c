import { readFileSync } from "node:fs";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { productionTree } from "../../scripts/production-tree.ts";
import { renderSbom } from "../../scripts/sbom.ts";
import { thirdPartyNotices } from "../../scripts/third-party-notices.ts";

interface Lock {
  packages: Record<string, Record<string, unknown>>;
}

const lockText = readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8");
const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as Record<
  string,
  Record<string, string>
>;
/** Of what is shipped. Each asks for nothing but that its text goes along, which THIRD-PARTY-NOTICES.txt sees to. */
const allowedLicences = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"];

/** The lock file with one change. */
function changed(change: (packages: Lock["packages"]) => void): string {
  const lock = JSON.parse(lockText) as Lock;
  change(lock.packages);
  return JSON.stringify(lock);
}

const ranges = (versions: Record<string, string> = {}): readonly string[] =>
  Object.entries(versions).flatMap(([name, version]) => (/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version) ? [] : [name]));
const foreignLicences = (lock: string): readonly string[] =>
  productionTree(lock)
    .packages.filter(({ license }) => !allowedLicences.includes(license ?? ""))
    .map(({ name }) => name);
const withInstallScript = (lock: string): readonly string[] =>
  productionTree(lock)
    .packages.filter(({ hasInstallScript }) => hasInstallScript)
    .map(({ name }) => name);

describe("the dependencies", () => {
  it.each(["dependencies", "devDependencies", "overrides"])("are exact in %s", (kind) => {
    expect(ranges(manifest[kind])).toEqual([]);
    expect(ranges({ ...manifest[kind], loose: "^1.0.0" })).toEqual(["loose"]);
  });

  it("are locked by what they hold, not only by their version", () => {
    expect(productionTree(lockText).packages.filter(({ integrity }) => !integrity?.startsWith("sha512-"))).toEqual([]);
  });

  it("have licences that allow what is done with them", () => {
    expect(foreignLicences(lockText)).toEqual([]);
    const copyleft = changed(
      (packages) => void (packages["node_modules/tslib"] = { version: "1.0.0", license: "GPL-3.0" }),
    );
    expect(foreignLicences(copyleft)).toEqual(["tslib"]);
    expect(foreignLicences(changed((packages) => void delete packages["node_modules/tslib"]?.["license"]))).toEqual([
      "tslib",
    ]);
  });

  it("run nothing when they are installed", () => {
    expect(withInstallScript(lockText)).toEqual([]);
    const scripted = changed((packages) =>
      Object.assign(packages["node_modules/tslib"] ?? {}, { hasInstallScript: true }),
    );
    expect(withInstallScript(scripted)).toEqual(["tslib"]);
  });

  it("are read from the lock file as npm marks them there", () => {
    const { packages } = JSON.parse(lockText) as Lock;
    const marked = Object.keys(packages).filter((path) => path !== "" && packages[path]?.["dev"] !== true);
    expect(productionTree(lockText).packages.map(({ path }) => path)).toEqual(marked.toSorted());
    expect(() => productionTree(changed((all) => void delete all["node_modules/tslib"]))).toThrow(
      "does not hold tslib",
    );
    expect(() => productionTree('{"lockfileVersion":1}')).toThrow("version 3");
  });
});

interface Sbom {
  bomFormat: string;
  specVersion: string;
  serialNumber: string;
  version: number;
  metadata: { component: { "bom-ref": string; name: string; version: string } };
  components: {
    "bom-ref": string;
    type: string;
    group?: string;
    name: string;
    version: string;
    purl: string;
    hashes: unknown;
  }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

const sbomOf = (lock: string): Sbom => JSON.parse(renderSbom(productionTree(lock))) as Sbom;

describe("the SBOM", () => {
  const sbom = sbomOf(lockText);

  it("is CycloneDX 1.5", () => {
    expect(sbom).toMatchObject({
      $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
      bomFormat: "CycloneDX",
      specVersion: "1.5",
      version: 1,
      metadata: { component: { type: "application", name: manifest["name"], version: manifest["version"] } },
    });
    // The pattern of the schema.
    expect(sbom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    for (const { type, purl, hashes } of sbom.components) {
      expect(type).toBe("library");
      expect(purl).toMatch(/^pkg:npm\/(?:%40[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+/);
      expect(hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
    }
  });

  it("lists what is shipped, all of it and nothing else", () => {
    const { packages } = JSON.parse(lockText) as Lock;
    const shipped = Object.entries(packages).flatMap(([path, { version, dev }]) =>
      path === "" || dev === true ? [] : [`${path.replace(/^.*node_modules\//, "")}@${String(version)}`],
    );
    const listed = sbom.components.map(
      ({ group, name, version }) => `${group === undefined ? "" : `${group}/`}${name}@${version}`,
    );
    expect(listed.toSorted()).toEqual([...new Set(shipped)].toSorted());
  });

  it("names no component that it does not list", () => {
    const refs = [sbom.metadata.component["bom-ref"], ...sbom.components.map((one) => one["bom-ref"])];
    expect(new Set(refs).size).toBe(refs.length);
    expect(sbom.dependencies.map(({ ref }) => ref).toSorted()).toEqual(refs.toSorted());
    expect(sbom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.includes(ref))).toEqual([]);
    expect(sbom.dependencies[0]?.dependsOn).toHaveLength(Object.keys(manifest["dependencies"] ?? {}).length);
  });

  it("is the same for the same lock file, and another for another", () => {
    expect(renderSbom(productionTree(lockText))).toBe(renderSbom(productionTree(lockText)));
    const other = changed((packages) => Object.assign(packages["node_modules/tslib"] ?? {}, { version: "9.9.9" }));
    expect(sbomOf(other).serialNumber).not.toBe(sbom.serialNumber);
  });
});

describe("the notices of third parties", () => {
  const write = async (root: string, name: string, files: Record<string, string>): Promise<string> => {
    await mkdir(join(root, "node_modules", name), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(root, "node_modules", name, file), text);
    return `node_modules/${name}/index.js`;
  };

  it("hold each licence once, with what goes along with it", async () => {
    const root = await mkdtemp(join(tmpdir(), "bridge-notices-"));
    try {
      const inputs = [
        await write(root, "@a/b", {
          "package.json": '{"name":"@a/b","version":"1.0.0","license":"Apache-2.0"}',
          LICENSE: "text of b",
          "NOTICE.txt": "notice of b",
        }),
        await write(root, "c", {
          "package.json": '{"name":"c","version":"2.0.0","license":"MIT","author":{"name":"Somebody"}}',
        }),
        "src/main.ts",
      ];
      const notices = await thirdPartyNotices([...inputs, ...inputs], `${root}/`);
      expect(notices.match(/^@a\/b@1\.0\.0 \(Apache-2\.0\)$/gm)).toHaveLength(1);
      expect(notices).toMatch(/text of b\n\nnotice of b/);
      expect(notices).toMatch(/c@2\.0\.0 \(MIT\)\n-+\n\nCopyright \(c\) Somebody\n\nPermission is hereby granted/);
      const bare = await write(root, "d", { "package.json": '{"name":"d","version":"1.0.0","license":"Apache-2.0"}' });
      await expect(thirdPartyNotices([bare], `${root}/`)).rejects.toThrow("d has no licence text");
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});
