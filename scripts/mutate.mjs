/**
 * npm run mutate -- PATH … [--tests FOLDER …]: how many small faults in the source do the tests notice?
 * Folders and files of src/ are tried with Stryker, those of native/kernels/src with cargo-mutants; both are installed below
 * target/ when they are first needed. Minutes for a file, hours for a large folder, one process; not part of the gate.
 * Fails below 95 of 100, not counting what test/mutation/equivalent.json lists with a reason.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { findCargo, findProgram, root, run, say } from "./shared.mjs";

const WANTED = 95;
/** The last version that runs on Node 20. */
const STRYKER = "9.6.1";
const CARGO_MUTANTS = "27.1.0";

const home = join(root, "target", "mutation");
const equivalent = JSON.parse(readFileSync(join(root, "test", "mutation", "equivalent.json"), "utf8"));

async function installStryker() {
  const manifest = join(home, "node_modules", "@stryker-mutator", "core", "package.json");
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === STRYKER) return;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true }));
  const packages = ["core", "vitest-runner"].map((name) => `@stryker-mutator/${name}@${STRYKER}`);
  say(`· npm install ${packages.join(" ")}`);
  // No peers: the runner has to find the Vitest of this repository.
  const flags = ["--legacy-peer-deps", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  if ((await run(npm, ["install", ...flags, ...packages], { cwd: home })) !== 0) process.exit(1);
}

const plugin = (name) => join(home, "node_modules", "@stryker-mutator", name, "dist", "src", "index.js");

/** Mutants of TypeScript as { file, line, replacement, noticed }. */
async function tryTypeScript(paths, tests) {
  await installStryker();
  const report = join(home, "report.json");
  rmSync(report, { force: true });
  const config = {
    testRunner: "vitest",
    plugins: [
      plugin("vitest-runner"),
      ...["sentences.mjs", "survivors.mjs"].map((name) => join(root, "test", "mutation", name)),
    ],
    ignorers: ["sentences"],
    vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
    mutate: [
      ...paths.map((path) => (path.endsWith(".ts") ? path : `${path}/**/*.ts`)),
      "!**/*.test.ts",
      "!**/index.ts",
    ],
    ignorePatterns: ["/target", "/dist", "/bench", "/docs"],
    tempDirName: "target/mutation/sandbox",
    coverageAnalysis: "perTest",
    concurrency: 1,
    timeoutMS: 30_000,
    dryRunTimeoutMinutes: 60,
    reporters: ["json", "progress-append-only", "survivors"],
    jsonReporter: { fileName: report },
  };
  writeFileSync(join(home, "stryker.json"), JSON.stringify(config));
  const env = { ...process.env, MUTATE_TESTS: [...tests, ...paths].join(" ") };
  const stryker = join(home, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  await run(process.execPath, [stryker, "run", join(home, "stryker.json")], { env });
  if (!existsSync(report)) process.exit(1);
  return Object.entries(JSON.parse(readFileSync(report, "utf8")).files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status !== "Ignored" && status !== "CompileError")
      .map(({ status, location, replacement, mutatorName }) => ({
        file,
        number: location.start.line,
        line: source.split("\n")[location.start.line - 1].trim(),
        replacement: `${mutatorName}: ${replacement}`,
        noticed: status === "Killed" || status === "Timeout" || status === "RuntimeError",
      })),
  );
}

/** Mutants of Rust, described by cargo-mutants: "file:line:column: replace … with … in …". */
async function tryRust(paths) {
  const cargo = findCargo();
  if (cargo === undefined) {
    say("No Rust (cargo) on this machine.");
    process.exit(1);
  }
  const env = { ...process.env, PATH: [join(home, "bin"), process.env.PATH].join(delimiter) };
  if (findProgram("cargo-mutants", join(home, "bin")) === undefined) {
    const version = ["--version", CARGO_MUTANTS, "--locked"];
    if ((await run(cargo, ["install", "cargo-mutants", ...version, "--root", home])) !== 0) process.exit(1);
  }
  const files = paths.flatMap((path) => ["--file", path.endsWith(".rs") ? path : `${path}/**/*.rs`]);
  await run(cargo, ["mutants", "--package", "penchant-kernels", "--jobs", "1", "--output", home, ...files], { env });
  const read = (name) =>
    readFileSync(join(home, "mutants.out", `${name}.txt`), "utf8")
      .split("\n")
      .filter(Boolean);
  const mutant = (noticed) => (text) => {
    const [, file, number, replacement] = /^(.*?):(\d+):\d+: (.*)$/.exec(text) ?? [];
    const line = readFileSync(join(root, file), "utf8").split("\n")[number - 1].trim();
    return { file, number: Number(number), line, replacement, noticed };
  };
  return [...read("missed").map(mutant(false)), ...[...read("caught"), ...read("timeout")].map(mutant(true))];
}

const isEquivalent = ({ file, line, replacement }) =>
  equivalent.some((one) => one.file === file && one.line === line && one.replacement === replacement);

const { positionals: paths, values } = parseArgs({
  allowPositionals: true,
  options: { tests: { type: "string", multiple: true, default: [] } },
});
if (paths.length === 0) {
  say("usage: npm run mutate -- PATH … [--tests FOLDER …], e.g. src/evaluate or native/kernels/src/sparse.rs");
  process.exit(2);
}
const isRust = (path) => path.startsWith("native/");
const [rust, typescript] = [paths.filter(isRust), paths.filter((path) => !isRust(path))];
const mutants = [
  ...(typescript.length > 0 ? await tryTypeScript(typescript, values.tests) : []),
  ...(rust.length > 0 ? await tryRust(rust) : []),
].filter((one) => !isEquivalent(one));
const survivors = mutants.filter(({ noticed }) => !noticed);
for (const { file, number, line, replacement } of survivors) say(`${file}:${number}\n    ${line}\n  → ${replacement}`);
const score = (100 * (mutants.length - survivors.length)) / Math.max(1, mutants.length);
say(`${mutants.length - survivors.length} of ${mutants.length} noticed: ${score.toFixed(1)} %`);
process.exit(score >= WANTED ? 0 : 1);
