// What `npm ci --omit=dev` would install, read from the lock file: the parts that the package is bundled from.
import { readFile } from "node:fs/promises";

export interface LockedPackage {
  /** Its folder, for example `node_modules/a/node_modules/b`: one package can stand at several places and versions. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, as the package itself states it. */
  readonly license: string | undefined;
  /** `sha512-...` in base64. */
  readonly integrity: string | undefined;
  readonly hasInstallScript: boolean;
  /** Paths of the packages it asks for, resolved as Node does. */
  readonly dependencies: readonly string[];
}

export interface ProductionTree {
  readonly name: string;
  readonly version: string;
  readonly license: string | undefined;
  /** Paths of the direct dependencies. */
  readonly dependencies: readonly string[];
  /** By path, in order. */
  readonly packages: readonly LockedPackage[];
}

/** Throws when the text is not a lock file of version 3, or asks for a package that it does not hold. */
export function productionTree(lockFile: string): ProductionTree {
  const lock = fields(JSON.parse(lockFile));
  if (lock["lockfileVersion"] !== 3)
    throw new Error("package-lock.json is not of version 3: write it with npm 7 or later");
  const entries = new Map(Object.entries(fields(lock["packages"])).map(([path, entry]) => [path, fields(entry)]));
  const root = entries.get("") ?? {};
  const found = new Map<string, LockedPackage>();
  const direct = pathsOf(entries, "", Object.keys(fields(root["dependencies"])), []);
  const waiting = [...direct];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const locked = lockedPackage(entries, path);
    found.set(path, locked);
    waiting.push(...locked.dependencies);
  }
  const packages = [...found.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1));
  const { name = "", version = "" } = texts(root);
  return { name, version, license: texts(root)["license"], dependencies: direct.toSorted(), packages };
}

export async function readProductionTree(): Promise<ProductionTree> {
  return productionTree(await readFile(new URL("../package-lock.json", import.meta.url), "utf8"));
}

type Entry = Readonly<Record<string, unknown>>;

function lockedPackage(entries: ReadonlyMap<string, Entry>, path: string): LockedPackage {
  const entry = entries.get(path) ?? {};
  const { version = "", license, integrity } = texts(entry);
  const optional = [
    ...Object.keys(fields(entry["optionalDependencies"])),
    ...Object.keys(fields(entry["peerDependencies"])),
  ];
  return {
    path,
    name: path.slice(path.lastIndexOf(FOLDER) + FOLDER.length),
    version,
    license,
    integrity,
    hasInstallScript: entry["hasInstallScript"] === true,
    dependencies: pathsOf(entries, path, Object.keys(fields(entry["dependencies"])), optional).toSorted(),
  };
}

const FOLDER = "node_modules/";

/** Optional and peer dependencies count only where they are installed. */
function pathsOf(
  entries: ReadonlyMap<string, Entry>,
  from: string,
  names: readonly string[],
  optional: readonly string[],
): readonly string[] {
  const mayMiss = new Set(optional);
  return [...new Set([...names, ...optional])].flatMap((name) => {
    const path = resolve(entries, from, name);
    if (path !== undefined) return [path];
    if (mayMiss.has(name)) return [];
    throw new Error(`package-lock.json does not hold ${name}, which ${from === "" ? "the project" : from} asks for`);
  });
}

/** The nearest folder upwards, as Node looks for it. */
function resolve(entries: ReadonlyMap<string, Entry>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf(`/${FOLDER}`)))) {
    const path = `${folder === "" ? "" : `${folder}/`}${FOLDER}${name}`;
    if (entries.has(path)) return path;
    if (folder === "") return undefined;
  }
}

function fields(value: unknown): Entry {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function texts(entry: Entry): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(entry).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}
