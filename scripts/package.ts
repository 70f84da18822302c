// npm run package: stages package/app, which is all that Azure needs, zips it, and lists what it is made from.
import { createWriteStream, existsSync } from "node:fs";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { bundle, ROOT } from "./bundle.ts";
import { writeSbom } from "./sbom.ts";
import { thirdPartyNotices } from "./third-party-notices.ts";

const folder = `${ROOT}package/app`;
const zip = `${ROOT}package/app.zip`;

await stage();
const bytes = await writeZip();
const components = await writeSbom();
process.stdout.write(
  `package/app is ready for: cd package/app && func azure functionapp publish <app> --javascript --no-build\n` +
    `package/app.zip (${Math.round(bytes / 1024)} KiB) is the same for a zip deploy\n` +
    `package/sbom.cdx.json lists the ${components} components it is made from\n`,
);

/** Without source maps, and with a package.json that has no dependencies: everything is in the bundle. */
async function stage(): Promise<void> {
  await rm(`${ROOT}package`, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { inputs } = await bundle(`${folder}/dist`);
  await writeFile(`${folder}/THIRD-PARTY-NOTICES.txt`, await thirdPartyNotices(inputs, ROOT));
  for (const file of await filesBelow(folder)) if (file.endsWith(".map")) await rm(`${folder}/${file}`);
  const source: unknown = JSON.parse(await readFile(`${ROOT}package.json`, "utf8"));
  const { name, version, description, license, engines, main } = Object(source);
  const manifest = { name, version, description, license, private: true, type: "module", main, engines };
  await writeFile(`${folder}/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await cp(`${ROOT}host.json`, `${folder}/host.json`);
  await cp(`${ROOT}LICENSE`, `${folder}/LICENSE`);
  // For FEEDS_FILE=feeds.json, which is looked up in the folder of the app.
  if (existsSync(`${ROOT}feeds.json`)) await cp(`${ROOT}feeds.json`, `${folder}/feeds.json`);
}

/** The same files give the same bytes: names in order, one fixed time. */
async function writeZip(): Promise<number> {
  const archive = new ZipFile();
  for (const file of (await filesBelow(folder)).toSorted()) {
    archive.addFile(`${folder}/${file}`, file, { mtime: new Date(2000, 0, 1), mode: 0o100644 });
  }
  archive.end();
  const out = createWriteStream(zip);
  await pipeline(archive.outputStream, out);
  return out.bytesWritten;
}

async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length + 1));
}
