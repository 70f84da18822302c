// The licence texts of everything that is in the bundle: most licences ask that they travel with every copy.
import { readFile, readdir } from "node:fs/promises";

interface Notice {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly texts: readonly string[];
}

/**
 * `inputs` are the files of the bundle, relative to `root`, as esbuild lists them. Throws for a package whose licence text
 * can neither be found nor be written from its own statement.
 */
export async function thirdPartyNotices(inputs: readonly string[], root: string): Promise<string> {
  const folders = [...new Set(inputs.flatMap((input) => packageFolder(input) ?? []))];
  const notices = await Promise.all(folders.map((folder) => noticeOf(`${root}${folder}`)));
  const once = new Map(notices.map((notice) => [`${notice.name}@${notice.version}`, notice]));
  const parts = [...once]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([id, { license, texts }]) => `${RULE}\n${id} (${license})\n${RULE}\n\n${texts.join("\n\n")}\n`);
  return `This app contains the following packages, each under its own licence.\n\n${parts.join("\n")}`;
}

const RULE = "-".repeat(80);
const MODULES = "node_modules/";

/** The folder of the innermost package; undefined for a file of this project. */
function packageFolder(input: string): string | undefined {
  const at = input.lastIndexOf(MODULES);
  if (at < 0) return undefined;
  const parts = input.slice(at + MODULES.length).split("/");
  return input.slice(0, at + MODULES.length) + parts.slice(0, parts[0]?.startsWith("@") ? 2 : 1).join("/");
}

async function noticeOf(folder: string): Promise<Notice> {
  const manifest: unknown = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
  const { name, version, license, author } = Object(manifest);
  const files = await readdir(folder, { withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile() && LICENCE_FILE.test(file.name))
    .map((file) => file.name)
    .toSorted();
  const found = await Promise.all(texts.map((file) => readFile(`${folder}/${file}`, "utf8")));
  const stated = found.length === 0 ? [standardText(String(name), String(license), author)] : found;
  return { name, version, license, texts: stated.map((text) => text.replaceAll("\r\n", "\n").trim()) };
}

const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)/i;

/** For a package that names its licence but leaves the text out. */
function standardText(name: string, license: string, author: unknown): string {
  const holder = typeof author === "string" ? author : Object(author).name;
  if (license !== "MIT" || typeof holder !== "string") {
    throw new Error(`${name} has no licence text: add it to scripts/third-party-notices.ts`);
  }
  return `Copyright (c) ${holder}\n\n${MIT}`;
}

/** https://spdx.org/licenses/MIT.html */
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
