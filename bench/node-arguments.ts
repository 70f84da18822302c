// The arguments that Node gets on Azure, as infra/ sets them for an instance of 2 GB.
import { readFileSync } from "node:fs";
import { ROOT } from "../scripts/bundle.ts";

/** Throws when infra/ no longer says it in this form. */
export function deployedNodeArguments(): readonly string[] {
  const text = readFileSync(`${ROOT}infra/settings.tf`, "utf8");
  const template = /languageWorkers__node__arguments\s*=\s*"([^"]+)"/.exec(text)?.[1];
  const heap = /instance_memory_mb == 2048 \? "(\d+)"/.exec(text)?.[1];
  if (template === undefined || heap === undefined) throw new Error("infra/settings.tf sets no arguments for Node");
  return template.replace("${local.heap_mb}", heap).split(" ");
}
