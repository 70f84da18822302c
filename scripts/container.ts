// npm run container: stages package/container, which is all that goes into the image of `bridge run`. Another folder can be named.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { bundleCommandLine, ROOT } from "./bundle.ts";
import { thirdPartyNotices } from "./third-party-notices.ts";

const folder = resolve(ROOT, process.argv[2] ?? "package/container");

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
// Two folders deep, like its source: it looks for host.json there.
const { bytes, inputs } = await bundleCommandLine(`${folder}/dist/cli`);
await writeFile(`${folder}/THIRD-PARTY-NOTICES.txt`, await thirdPartyNotices(inputs, ROOT));
for (const file of await readdir(folder, { recursive: true })) if (file.endsWith(".map")) await rm(`${folder}/${file}`);
const source: unknown = JSON.parse(await readFile(`${ROOT}package.json`, "utf8"));
const { name, version, license, engines } = Object(source);
const manifest = { name, version, license, private: true, type: "module", engines };
await writeFile(`${folder}/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
for (const file of ["host.json", "LICENSE"]) await cp(`${ROOT}${file}`, `${folder}/${file}`);
process.stdout.write(`${relative(ROOT, folder)}: bridge.js and its chunks, ${Math.round(bytes / 1024)} KiB\n`);
