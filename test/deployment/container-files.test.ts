import { existsSync, readFileSync } from "node:fs";
import { validate } from "dockerfile-utils";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import manifest from "../../package.json" with { type: "json" };

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const text = (path: string): string => readFileSync(at(path), "utf8");

/** What a linter has against a Dockerfile. */
const complaints = (dockerfile: string): readonly string[] =>
  validate(dockerfile).map(({ message }) => JSON.stringify(message));

describe.each(["deploy/container/Dockerfile", "deploy/container/Dockerfile.functions"])("%s", (path) => {
  const dockerfile = text(path);

  it("is one that the linter takes, and a broken one is not", () => {
    expect(complaints(dockerfile)).toEqual([]);
    expect(complaints(dockerfile.replace("COPY . .", "COPI . ."))).not.toEqual([]);
    expect(complaints(dockerfile.replace("--from=build", "--form=build"))).not.toEqual([]);
  });

  it("builds from what is copied in, with scripts that are there, and keeps nothing of it but the package", () => {
    const [, script = ""] = /RUN npm run (\S+)/.exec(dockerfile) ?? [];
    expect(Object.keys(manifest.scripts)).toContain(script);
    const copied = [...dockerfile.matchAll(/COPY --from=build \/build\/(\S+)/g)].map(([, folder]) => folder);
    expect(copied).toEqual([script === "container" ? "package/container/" : "package/app/"]);
  });

  it("holds no secret, and takes none into the build", () => {
    expect(dockerfile).not.toMatch(/password|secret|token|AccountKey|API_KEY/i);
    const taken = text(".dockerignore").split("\n");
    expect(taken).toContain("**");
    for (const file of ["!local.settings.json", "!.env", "!deploy"]) expect(taken).not.toContain(file);
    for (const [, file = ""] of text(".dockerignore").matchAll(/^!(.+)$/gm)) {
      expect(file === "feeds.json" || existsSync(at(file)), file).toBe(true);
    }
  });
});

describe("the image of bridge run", () => {
  it("is no root, has a health check, and is told to end in a way that the process knows", () => {
    const dockerfile = text("deploy/container/Dockerfile");
    const last = dockerfile.slice(dockerfile.lastIndexOf("FROM "));
    expect(/^USER (\d+):(\d+)$/m.exec(last)?.slice(1).map(Number)).toEqual([1000, 1000]);
    expect(last).toContain("/api/live");
    expect(last).toContain("STOPSIGNAL SIGTERM");
  });
});

const service = z.strictObject({
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  image: z.string().optional(),
  env_file: z.string().optional(),
  depends_on: z.array(z.string()).optional(),
  read_only: z.literal(true),
  tmpfs: z.array(z.string()).optional(),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  restart: z.literal("unless-stopped"),
  stop_grace_period: z.string().optional(),
  volumes: z.array(z.string().regex(/:ro$/)).optional(),
  ports: z.array(z.string()).optional(),
});

describe("compose.yaml", () => {
  const composed = z
    .looseObject({ name: z.string(), services: z.record(z.string(), service) })
    .parse(parse(text("deploy/container/compose.yaml"), { merge: true }));

  it("runs the instances that nginx asks for, each without rights and without a file to write", () => {
    const servers = [...text("deploy/nginx/nginx.conf").matchAll(/server ([\w-]+):8080/g)].map(([, name]) => name);
    expect(Object.keys(composed.services)).toEqual([...servers, "nginx"]);
    expect(composed.services["nginx"]?.depends_on).toEqual(servers);
  });

  it("names files that are there, or that git ignores because they hold secrets", () => {
    const ignored = text(".gitignore");
    for (const [, path = ""] of text("deploy/container/compose.yaml").matchAll(/- (\.\.?\/[^:]+):/g)) {
      const file = new URL(path, at("deploy/container/"));
      expect(existsSync(file) || ignored.includes("/deploy/container/tls/"), path).toBe(true);
    }
    expect(ignored).toContain("/deploy/container/bridge.env");
    expect(existsSync(at("deploy/container/Dockerfile"))).toBe(true);
  });
});
