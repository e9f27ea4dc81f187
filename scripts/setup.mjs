/**
 * Makes a fresh clone runnable: installs packages, builds the native core, compiles TypeScript. Does only what is
 * missing, so a second run takes a fraction of a second, and can be interrupted at any point.
 * In an installed package (no sources there) it builds the native core and nothing else.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { buildNative } from "./native.mjs";
import { digest, filesBelow, readStamp, root, run, say, writeWhole } from "./shared.mjs";

const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** npm's own record of what is installed agrees with the lock file (other platforms' optional packages may be absent). */
export function packagesAreCurrent(folder) {
  const record = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      path === "" ||
      link ||
      !path.startsWith("node_modules/") ||
      (present[path]?.version ?? (optional ? version : undefined)) === version,
  );
}

/** Installs exactly what the lock file names, unless it is there already. */
export async function installPackages(folder = root) {
  if (packagesAreCurrent(folder)) return "current";
  say(`· packages: npm ci${folder === root ? "" : ` in ${relative(root, folder)}`}`);
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
  const code = await run(npm, ["ci", ...quiet], { cwd: folder });
  return code === 0 && packagesAreCurrent(folder) ? "installed" : "failed";
}

/** Removes compiled files whose source is gone, so that a rename never leaves an old module behind. */
function removeOrphans(dist) {
  const source = (file) => join(root, "src", relative(dist, file).replace(/\.(js|d\.ts)(\.map)?$/, ".ts"));
  const isCompiled = (file) => /\.(js|d\.ts)(\.map)?$/.test(file);
  for (const file of filesBelow(dist, isCompiled)) if (!existsSync(source(file))) rmSync(file);
}

/** What the compiled files load at run time as it is: the WebAssembly module and the files of its workers. */
function copyAssets(dist) {
  for (const file of filesBelow(join(root, "src"), isAsset)) {
    writeWhole(join(dist, relative(join(root, "src"), file)), readFileSync(file));
  }
}

const isAsset = (file) => /\.(wasm|mjs)$/.test(file);

export async function compile() {
  const dist = join(root, "dist");
  const stamp = join(dist, ".sources.stamp");
  const isSource = (file) => (file.endsWith(".ts") && !file.endsWith(".test.ts")) || isAsset(file);
  const named = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"].map((name) => join(root, name));
  const wanted = digest([...named, ...filesBelow(join(root, "src"), isSource)]);
  if (readStamp(stamp) === wanted) return "current";
  say("· TypeScript: tsc -p tsconfig.build.json");
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const compiled = (...flags) => run(process.execPath, [tsc, "-p", "tsconfig.build.json", ...flags]);
  // Editors show the comments of declarations; in JavaScript they would be a sixth of what is installed of it.
  const records = { types: join(dist, ".tsbuildinfo"), code: join(dist, ".code.tsbuildinfo") };
  if (!existsSync(join(dist, "index.js"))) for (const file of Object.values(records)) rmSync(file, { force: true });
  const code =
    (await compiled("--emitDeclarationOnly")) ||
    (await compiled("--declaration", "false", "--removeComments", "--noCheck", "--tsBuildInfoFile", records.code));
  removeOrphans(dist);
  copyAssets(dist);
  if (code !== 0) return "failed";
  writeWhole(stamp, wanted);
  return "built";
}

/** Everything in order. The result says what each step came to; a failed step stops the ones that need it. */
export async function setup() {
  const isClone = existsSync(join(root, "src")) && existsSync(join(root, "package-lock.json"));
  const packages = isClone ? await installPackages() : "current";
  if (packages === "failed") {
    say("npm ci failed (above). Is the package registry reachable? Try again.");
    return { packages, native: "skipped", typescript: "skipped" };
  }
  const native = await buildNative();
  const typescript = isClone ? await compile() : "current";
  if (typescript === "failed") say("· TypeScript: the sources do not compile (above).");
  return { packages, native, typescript };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { packages, typescript } = await setup();
  process.exit(packages === "failed" || typescript === "failed" ? 1 : 0);
}
