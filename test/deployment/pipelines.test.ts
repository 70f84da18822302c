import { readdirSync, readFileSync } from "node:fs";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const folder = ".github/workflows";
const workflows = readdirSync(at(folder)).map((name) => ({
  name,
  text: readFileSync(at(`${folder}/${name}`), "utf8"),
}));

/** What GitHub's own parser has against a workflow. */
async function complaints(name: string, content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

const permissions = z.record(z.string(), z.enum(["read", "write"]));
const stepForm = z.looseObject({ uses: z.string().optional(), run: z.string().optional() });
const workflowForm = z.looseObject({
  permissions,
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: permissions.optional(),
      "timeout-minutes": z.number(),
      environment: z.string().optional(),
      steps: z.array(stepForm),
    }),
  ),
});

describe("the workflows", () => {
  it("are what GitHub's own parser takes", async () => {
    expect(workflows.map(({ name }) => name)).toEqual([
      "ci.yml",
      "codeql.yml",
      "dependency-review.yml",
      "deploy.yml",
      "release.yml",
    ]);
    for (const { name, text } of workflows) expect(await complaints(name, text), name).toEqual([]);
  });

  it.each([
    ["a key that is unknown", "timeout-minutes", "timeout-minute"],
    ["a permission that is unknown", "contents: read", "content: read"],
    ["a job that waits for nobody", "needs: build", "needs: biuld"],
  ])("would be refused for %s", async (_what, from, to) => {
    const release = workflows.find(({ name }) => name === "release.yml")?.text ?? "";
    expect(release).toContain(from);
    expect(await complaints("release.yml", release.replace(from, to))).not.toEqual([]);
  });

  it("pin each action by its hash, and say which version that is", () => {
    for (const { name, text } of workflows) {
      const uses = text.split("\n").filter((line) => line.includes("uses:"));
      expect(uses.length, name).toBeGreaterThan(0);
      for (const line of uses) expect(line).toMatch(/uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it("use one version of an action everywhere", () => {
    const pins = workflows.flatMap(({ text }) => [...text.matchAll(/uses: ([\w-]+\/[\w-]+)\S*@(.*)$/gm)]);
    const byAction = Map.groupBy(pins, ([, action]) => action);
    for (const [action, found] of byAction) expect(new Set(found.map(([, , pin]) => pin)).size, action).toBe(1);
  });

  it("hold no secret, and put nothing from outside into a script", () => {
    for (const { name, text } of workflows) {
      expect(text, name).not.toContain("secrets.");
      const { jobs } = workflowForm.parse(parse(text));
      const scripts = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
      for (const script of scripts) expect(script, name).not.toContain("${{");
    }
  });

  it("may read, and write only where a job says what", () => {
    const writing = workflows.flatMap(({ name, text }) => {
      const workflow = workflowForm.parse(parse(text));
      expect(workflow.permissions, name).toEqual({ contents: "read" });
      return Object.entries(workflow.jobs).flatMap(([job, { permissions: own = {} }]) =>
        Object.entries(own).flatMap(([what, right]) => (right === "write" ? [`${name} ${job}: ${what}`] : [])),
      );
    });
    expect(writing).toEqual([
      "codeql.yml analyze: security-events",
      "deploy.yml deploy: id-token",
      "release.yml publish: contents",
      "release.yml publish: id-token",
      "release.yml publish: attestations",
    ]);
  });

  it("deploy only where an environment lets them", () => {
    for (const { text } of workflows) {
      for (const { steps, environment } of Object.values(workflowForm.parse(parse(text)).jobs)) {
        const deploys = steps.some(({ run = "", uses = "" }) => /deploy\.sh|gh release create/.test(run + uses));
        expect(environment !== undefined).toBe(deploys);
      }
    }
  });
});

const variables = z.record(z.string(), z.string());
const task = z.strictObject({
  task: z.string().regex(/^(UseNode@1|PublishTestResults@2|AzureCLI@2|DownloadPipelineArtifact@2)$/),
  displayName: z.string().optional(),
  condition: z.string().optional(),
  continueOnError: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()),
  env: variables.optional(),
});
const step = z.union([
  task,
  z.strictObject({
    checkout: z.literal("self"),
    persistCredentials: z.literal(false),
    fetchDepth: z.literal(0).optional(),
  }),
  z.strictObject({ script: z.string(), displayName: z.string() }),
  z.strictObject({ publish: z.string(), artifact: z.string() }),
  z.strictObject({ download: z.literal("current"), artifact: z.string() }),
]);
const timeoutInMinutes = z.number();
/** Of the schema of Azure Pipelines the keys that are used here, and no others. */
const pipelineForm = z.strictObject({
  parameters: z.array(z.strictObject({ name: z.string(), type: z.literal("string"), default: z.string() })),
  trigger: z.strictObject({ branches: z.strictObject({ include: z.array(z.string()) }) }),
  pr: z.strictObject({ branches: z.strictObject({ include: z.array(z.string()) }) }),
  pool: z.strictObject({ vmImage: z.string() }),
  stages: z.array(
    z.strictObject({
      stage: z.string(),
      dependsOn: z.string().optional(),
      condition: z.string().optional(),
      jobs: z.array(
        z.union([
          z.strictObject({ job: z.string(), timeoutInMinutes, steps: z.array(step) }),
          z.strictObject({
            deployment: z.string(),
            environment: z.string(),
            timeoutInMinutes,
            strategy: z.strictObject({ runOnce: z.strictObject({ deploy: z.strictObject({ steps: z.array(step) }) }) }),
          }),
        ]),
      ),
    }),
  ),
});

describe("azure-pipelines.yml", () => {
  const text = readFileSync(at("azure-pipelines.yml"), "utf8");
  const pipeline = pipelineForm.parse(parse(text));

  it("has keys that Azure Pipelines knows", () => {
    expect(pipelineForm.safeParse(parse(text.replace("dependsOn:", "needs:"))).success).toBe(false);
    expect(pipelineForm.safeParse(parse(text.replace("displayName:", "name:"))).success).toBe(false);
  });

  it("builds, pushes the image, and deploys with approval, each after what it needs", () => {
    expect(pipeline.stages.map(({ stage, dependsOn }) => [stage, dependsOn])).toEqual([
      ["build", undefined],
      ["image", "build"],
      ["deploy", "build"],
    ]);
    const [, image, deploy] = pipeline.stages;
    for (const stage of [image, deploy]) {
      expect(stage?.condition).toContain("refs/heads/main");
      expect(stage?.condition).toContain("ne(variables['Build.Reason'], 'PullRequest')");
    }
    expect(deploy?.jobs).toEqual([expect.objectContaining({ environment: "${{ parameters.environmentName }}" })]);
  });

  it("logs in by its service connection alone", () => {
    expect(text).not.toMatch(/password|servicePrincipalKey|publishProfile|\$\(\w*(?:secret|key|token)\w*\)/i);
    const logins = text.split("\n").filter((line) => line.includes("azureSubscription:"));
    expect(logins).toHaveLength(2);
    for (const line of logins) expect(line).toContain("${{ parameters.serviceConnection }}");
  });

  it("names only parameters that it has, and files that are there", () => {
    const known = pipeline.parameters.map(({ name }) => name);
    for (const [, name = ""] of text.matchAll(/parameters\.(\w+)/g)) expect(known).toContain(name);
    for (const path of [".ci/run", "deploy/functions/deploy.sh"]) {
      expect(text).toContain(path);
      expect(readFileSync(at(path), "utf8")).toMatch(/^#!/);
    }
  });
});
