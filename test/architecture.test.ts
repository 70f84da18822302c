import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** As written, and for relative ones also resolved below the root. */
  readonly imports: readonly string[];
}

function filesBelow(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(join(root, path), "utf8");
      const imports = [...text.matchAll(/(?:\bfrom\s+|import\(\s*)"([^"]+)"/g)].map(([, target = ""]) =>
        target.startsWith(".") ? normalize(join(dirname(path), target)) : target,
      );
      return { path, text, imports };
    });
}

const source = filesBelow("src");
const pipeline = source.filter(({ path }) => path.startsWith("src/pipeline/"));
const code = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

/** Violations of `allowed` among the imports of some files, as `file -> import`. */
function wrongImports(files: readonly SourceFile[], allowed: (target: string) => boolean): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter((target) => !allowed(target)).map((target) => `${path} -> ${target}`),
  );
}

describe("the architecture", () => {
  it("has a pipeline that imports nothing but itself and the error class", () => {
    expect(pipeline.length).toBeGreaterThan(10);
    expect(
      wrongImports(pipeline, (target) => target.startsWith("src/pipeline/") || target === "src/errors.ts"),
    ).toEqual([]);
  });

  it("has a pipeline without clock, process, network or timers: they are parameters", () => {
    const forbidden =
      /\b(Date\.now|new Date\(\)|performance\.|process\.|fetch\(|setTimeout|setInterval|Math\.random|console\.)/;
    expect(pipeline.filter(({ text }) => forbidden.test(code(text))).map(({ path }) => path)).toEqual([]);
  });

  it("has functions that reach everything through the app", () => {
    const functions = source.filter(({ path }) => path.startsWith("src/functions/"));
    const allowed = /^(?:@azure\/functions|src\/(?:app|open-[a-z]+)\.ts|src\/functions\/.*)$/;
    expect(wrongImports(functions, (target) => allowed.test(target))).toEqual([]);
  });

  it("has a host that reaches everything through the functions", () => {
    const host = source.filter(({ path }) => path.startsWith("src/host/"));
    expect(host.length).toBeGreaterThan(3);
    const allowed = /^(?:node:.*|@azure\/functions|src\/errors\.ts|src\/(?:host|functions)\/.*)$/;
    expect(wrongImports(host, (target) => allowed.test(target))).toEqual([]);
  });

  it("has a webhook that knows nothing of where it runs and where it sends", () => {
    const webhook = source.filter(({ path }) => path.startsWith("src/webhook/"));
    expect(webhook.length).toBeGreaterThan(5);
    const allowed = /^(?:node:(?:crypto|timers\/promises)|zod|src\/errors\.ts|src\/(?:webhook|pipeline|http)\/.*)$/;
    expect(wrongImports(webhook, (target) => allowed.test(target))).toEqual([]);
  });

  it("has sinks, state and the Microshare client that know nothing of each other", () => {
    for (const folder of ["sinks", "state", "microshare", "config", "telemetry"]) {
      const others = ["sinks", "state", "microshare", "config", "telemetry", "functions"].filter(
        (other) => other !== folder,
      );
      const files = source.filter(({ path }) => path.startsWith(`src/${folder}/`));
      const crossing = wrongImports(
        files,
        (target) => !others.some((other) => target.startsWith(`src/${other}/`)) && target !== "src/app.ts",
      );
      expect(crossing).toEqual([]);
    }
  });

  it("has a command line that reaches everything through the app, the hosts and what operators do", () => {
    const commandLine = source.filter(({ path }) => path.startsWith("src/cli/"));
    expect(commandLine.length).toBeGreaterThan(10);
    const reached = /^(?:src\/[^/]+\.ts|src\/(?:cli|operations|config|host|functions)\/.*|src\/telemetry\/redact\.ts)$/;
    const allowed = (target: string): boolean =>
      target.startsWith("node:") || target === "commander" || reached.test(target);
    expect(wrongImports(commandLine, allowed)).toEqual([]);
    const others = source.filter(({ path }) => !path.startsWith("src/cli/"));
    expect(wrongImports(others, (target) => !target.startsWith("src/cli/"))).toEqual([]);
  });

  it("never imports stand-ins, tests or scripts from the product", () => {
    expect(wrongImports(source, (target) => !/^(dev|test|scripts)\//.test(target))).toEqual([]);
  });

  it("reads the environment in one file", () => {
    const readers = source.filter(({ text }) => /process\.env/.test(code(text))).map(({ path }) => path);
    expect(readers).toEqual(["src/config/environment.ts"]);
  });

  it("says in the first line of each file what it is for", () => {
    const silent = [...source, ...filesBelow("dev")].filter(({ text }) => !/^(#!.*\n)?\/\/ \S/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it("has no file of more than 300 lines and none named for nothing", () => {
    const files = [...source, ...filesBelow("dev")];
    expect(files.filter(({ text }) => text.split("\n").length > 301).map(({ path }) => path)).toEqual([]);
    expect(
      files.filter(({ path }) => /(utils?|helpers?|common|manager|misc)\.ts$/.test(path)).map(({ path }) => path),
    ).toEqual([]);
  });

  it("loads the SDKs of identity, hubs and brokers only when a run needs them", () => {
    const packages = [...loadedWith("src/app.ts").packages];
    expect(packages).toContain("undici");
    const heavy = /^(?:@azure\/(?:identity|event-hubs|service-bus|communication-email)|kafkajs)$/;
    // A tick without mails does not open the mail service either.
    packages.push(...loadedWith("src/open-notify.ts").packages);
    expect(packages.filter((name) => heavy.test(name))).toEqual([]);
    expect(loadedWith("src/sinks/service-bus.ts").packages).toContain("@azure/service-bus");
  });

  it("asks for CommonJS packages in a way that the bundle understands: there `await import` gives their default alone", () => {
    const asked = source.flatMap(({ path, text }) =>
      [...code(text).matchAll(/(.*)await import\("([^."][^"]*)"\)/g)].map(([, before = "", name = ""]) => ({
        path,
        name,
        takesDefault: before.includes("default"),
      })),
    );
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.filter(({ name, takesDefault }) => !takesDefault && !isModule(name))).toEqual([]);
  });

  it("loads nothing but the Functions library before the functions are registered", () => {
    const { files, packages } = loadedWith("src/main.ts");
    expect(files).toContain("src/functions/register.ts");
    expect(packages.filter((name) => !name.startsWith("node:"))).toEqual(["@azure/functions"]);
    // In the bundle these files exist once more in what is loaded later: nothing that is compared by identity may be among them.
    expect(files.filter((path) => !/^src\/(?:main\.ts|function-openers\.ts|functions\/|config\/)/.test(path))).toEqual(
      [],
    );
  });

  it("compares no class of its own in what the host loads first: the bundle has that apart from the rest, with classes of its own", () => {
    const first = new Set(loadedWith("src/main.ts").files);
    expect(first.size).toBeGreaterThan(5);
    const own = source.flatMap(({ text }) => [...text.matchAll(/^export class (\w+)/gm)].map(([, name]) => name));
    expect(own).toContain("BridgeError");
    const comparison = new RegExp(String.raw`instanceof (?:${own.join("|")})\b`);
    const comparing = source.filter(({ path, text }) => first.has(path) && comparison.test(code(text)));
    expect(comparing.map(({ path }) => path)).toEqual([]);
  });

  it("loads nothing of OpenTelemetry with the app: its files are reached by `await import` alone", () => {
    const { files, packages } = loadedWith("src/app.ts");
    expect(files).toContain("src/telemetry/open-telemetry.ts");
    expect(packages.filter((name) => /opentelemetry|applicationinsights/.test(name))).toEqual([]);
    expect(source.some(({ imports }) => imports.includes("@azure/monitor-opentelemetry-exporter"))).toBe(true);
  });
});

/** Files and packages that are loaded as soon as the file is, all the way down. */
function loadedWith(start: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const byPath = new Map(source.map((file) => [file.path, file]));
  const files = new Set<string>();
  const packages = new Set<string>();
  const follow = (path: string): void => {
    const file = byPath.get(path);
    if (file === undefined || files.has(path)) return;
    files.add(path);
    const imports = code(file.text).matchAll(/^(?:import|export) (?!type\b)(?:[^;]*from )?"([^"]+)"/gm);
    for (const [, written = ""] of imports) {
      if (written.startsWith(".")) follow(normalize(join(dirname(path), written)));
      else packages.add(written);
    }
  };
  follow(start);
  return { files: [...files], packages: [...packages] };
}

/** As Node tells the two apart: by the ending, else by the nearest package.json. */
function isModule(name: string): boolean {
  const file = fileURLToPath(import.meta.resolve(name));
  if (/\.[cm]js$/.test(file)) return file.endsWith(".mjs");
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (!existsSync(join(folder, "package.json"))) continue;
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return Object(manifest)["type"] === "module";
  }
  return false;
}
