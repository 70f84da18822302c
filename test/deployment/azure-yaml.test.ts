import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import manifest from "../../package.json" with { type: "json" };

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const text = readFileSync(at("azure.yaml"), "utf8");

const hook = z.strictObject({ shell: z.enum(["sh", "pwsh"]), run: z.string() });
/** Of azd's schema (Azure/azure-dev, schemas/v1.0/azure.yaml.json) the keys that are used here, and no others. */
const schema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
  requiredVersions: z.strictObject({ azd: z.string().regex(/^>= \d+\.\d+\.\d+$/) }),
  infra: z.strictObject({ provider: z.enum(["bicep", "terraform"]), path: z.string() }),
  hooks: z.strictObject({ prepackage: z.strictObject({ posix: hook, windows: hook }) }),
  services: z.record(
    z.string(),
    z.strictObject({
      project: z.string(),
      host: z.literal("function"),
      language: z.enum(["js", "ts"]),
      // Left out it would be true for JavaScript: azd would have the package built in Azure.
      remoteBuild: z.literal(false),
    }),
  ),
});

describe("azure.yaml", () => {
  const project = schema.parse(parse(text));

  it("has keys that azd knows, and says no to a remote build", () => {
    expect(schema.safeParse(parse(text.replace("remoteBuild: false", "remoteBuild: true"))).success).toBe(false);
    expect(schema.safeParse(parse(text.replace("    remoteBuild: false\n", ""))).success).toBe(false);
    expect(schema.safeParse(parse(text.replace("language: js", "lang: js"))).success).toBe(false);
  });

  it("deploys the folder that its hook stages", () => {
    expect(project.services["bridge"]?.project).toBe("package/app");
    const staging = readFileSync(at("scripts/package.ts"), "utf8");
    expect(staging).toContain("const folder = `${ROOT}package/app`;");
    for (const { run } of Object.values(project.hooks.prepackage)) {
      expect(run).toBe("npm ci && npm run package");
      expect(manifest.scripts.package).toBe("node scripts/package.ts");
    }
  });

  it("sets up what is in infra/", () => {
    expect(project.infra).toEqual({ provider: "terraform", path: "infra" });
    expect(existsSync(at(project.infra.path))).toBe(true);
  });
});
