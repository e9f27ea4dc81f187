/**
 * npm run mutate -- PATH … [--sample N] [--seed S] [--minutes M] [--reach N] [--tests TEST …]: how many small faults in the source do the tests notice?
 * Faults of src/ are found by Stryker's instrumenter and tried one at a time, in one warm Vitest, on the tests of their folder (those nearest by
 * imports first) and then on those nearest elsewhere; those of native/kernels/src by cargo-mutants. Both are installed below target/ when they are first
 * needed. `--sample` draws faults at random over the paths. Not part of the gate. Prints the share noticed with its 95 % interval (Wilson), and
 * fails below 95 of 100, not counting what test/mutation/equivalent.json lists with a reason.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { mutantsOf } from "../test/mutation/mutants.mjs";
import { openTrial, testsByDistance } from "../test/mutation/trial.mjs";
import { filesBelow, findCargo, findProgram, root, run, say } from "./shared.mjs";

const WANTED = 95;
/** The last version that runs on Node 20. */
const STRYKER = "9.6.1";
const CARGO_MUTANTS = "27.1.0";

const home = join(root, "target", "mutation");
const equivalent = JSON.parse(readFileSync(join(root, "test", "mutation", "equivalent.json"), "utf8"));

/** N of a list, drawn without putting back by mulberry32 of the seed; the list in another order if it is shorter. */
function draw(list, count, seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const rest = [...list];
  return Array.from(
    { length: Math.min(count, rest.length) },
    () => rest.splice(Math.floor(random() * rest.length), 1)[0],
  );
}

async function installInstrumenter() {
  const manifest = join(home, "node_modules", "@stryker-mutator", "instrumenter", "package.json");
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === STRYKER) return;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true }));
  const packages = [`@stryker-mutator/instrumenter@${STRYKER}`];
  say(`· npm install ${packages.join(" ")}`);
  const flags = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  if ((await run(npm, ["install", ...flags, ...packages], { cwd: home })) !== 0) process.exit(1);
}

/** The tests that a file's faults are tried on, in this order: its folder's, the named ones, and the nearest elsewhere that need no build. */
function testsFor(file, nearest, { tests, reach }) {
  const here = `${dirname(file)}/`;
  const all = nearest(file).filter((test) => !/^test\/(e2e|package|repo)\//.test(test));
  const own = all.filter((test) => test.startsWith(here));
  return [...new Set([...own, ...tests, ...all.filter((test) => !own.includes(test)).slice(0, reach)])];
}

/** Mutants of TypeScript as { file, number, line, replacement, noticed }. */
async function tryTypeScript(paths, choice) {
  await installInstrumenter();
  const isSource = (path) => /\.ts$/.test(path) && !/(\.test|\.d|\/index)\.ts$/.test(path);
  const named = paths.flatMap((path) => filesBelow(join(root, path), isSource));
  const files = [...new Set(named.map((path) => relative(root, path).replaceAll("\\", "/")))];
  const all = (await mutantsOf(files, home, root)).filter((one) => !isEquivalent(one));
  const mutants = choice.sample === undefined ? all : draw(all, choice.sample, choice.seed);
  say(`· ${mutants.length} of ${all.length} mutants of ${files.length} files`);
  const [trial, nearest, unsound] = [await openTrial(root, home), testsByDistance(root), new Set()];
  const isNoticed = async (mutant) => {
    trial.replace(mutant.file, mutant.mutated);
    for (const test of testsFor(mutant.file, nearest, choice)) {
      const passes = await trial.passes(test);
      if (passes === false) return true;
      if (passes === undefined && !unsound.has(test)) say(`left out, it fails without a fault: ${test}`);
      if (passes === undefined) unsound.add(test);
    }
    return false;
  };
  const tried = [];
  for (const mutant of mutants) {
    if (performance.now() > choice.minutes * 60_000) break;
    const { file, number, line, replacement } = mutant;
    const noticed = await isNoticed(mutant);
    tried.push({ file, number, line, replacement, noticed });
    if (tried.length % 10 === 0) say(`· ${tried.length} tried`);
    if (!noticed) say(`survived: ${file}:${number}\n    ${line}\n  → ${replacement}`);
  }
  await trial.close();
  return tried;
}

/** Names of all mutants of Rust. */
async function listRust(cargo, common, env) {
  const parts = [];
  const onOutput = (part) => parts.push(part);
  if ((await run(cargo, [...common, "--list"], { env, onOutput })) !== 0) process.exit(1);
  return Buffer.concat(parts).toString().split("\n").filter(Boolean);
}

/** Mutants of Rust, described by cargo-mutants: "file:line:column: replace … with … in …". */
async function tryRust(paths, { sample, seed }) {
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
  const common = ["mutants", "--package", "penchant-kernels", ...files];
  const chosen = sample === undefined ? [] : draw(await listRust(cargo, common, env), sample, seed);
  const only = chosen.flatMap((name) => ["--re", `^${name.replace(/[.*+?^${}()|[\]\\&~#-]/g, "\\$&")}$`]);
  await run(cargo, [...common, "--jobs", "1", "--output", home, ...only], { env });
  // Where a field of a struct is left out, cargo-mutants tries it whatever --re says: what was not drawn is not counted.
  const isCounted = (name) => name && (sample === undefined || chosen.includes(name));
  const read = (name) =>
    readFileSync(join(home, "mutants.out", `${name}.txt`), "utf8")
      .split("\n")
      .filter(isCounted);
  const mutant = (noticed) => (text) => {
    const [, file, number, replacement] = /^(.*?):(\d+):\d+: (.*)$/.exec(text) ?? [];
    const line = readFileSync(join(root, file), "utf8").split("\n")[number - 1].trim();
    return { file, number: Number(number), line, replacement, noticed };
  };
  return [...read("missed").map(mutant(false)), ...[...read("caught"), ...read("timeout")].map(mutant(true))];
}

const isEquivalent = ({ file, line, replacement }) =>
  equivalent.some((one) => one.file === file && one.line === line && one.replacement === replacement);

/** The 95 % interval of a share (Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22), in percent. */
function wilson(hits, count) {
  const [z, share] = [1.959964, hits / count];
  const center = share + z ** 2 / (2 * count);
  const half = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  return [center - half, center + half].map((bound) => ((100 * bound) / (1 + z ** 2 / count)).toFixed(1));
}

const usage =
  "usage: npm run mutate -- PATH … [--sample N] [--seed S] [--minutes M] [--reach N] [--tests TEST …], e.g. src/evaluate --sample 100 or native/kernels/src/sparse.rs";
const number = (text, least) => {
  if (Number.isInteger(Number(text)) && Number(text) >= least) return Number(text);
  say(`${usage}\nnot a whole number of at least ${least}: ${text}`);
  process.exit(2);
};
const { positionals: paths, values } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string" },
    reach: { type: "string", default: "4" },
    tests: { type: "string", multiple: true, default: [] },
  },
});
if (paths.length === 0) {
  say(usage);
  process.exit(2);
}
const choice = {
  sample: values.sample === undefined ? undefined : number(values.sample, 1),
  seed: number(values.seed, 0),
  minutes: values.minutes === undefined ? Number.POSITIVE_INFINITY : number(values.minutes, 1),
  reach: number(values.reach, 0),
  tests: values.tests
    .flatMap((path) => filesBelow(join(root, path), (name) => name.endsWith(".test.ts")))
    .map((path) => relative(root, path)),
};
const isRust = (path) => path.startsWith("native/");
const [rust, typescript] = [paths.filter(isRust), paths.filter((path) => !isRust(path))];
const mutants = [
  ...(typescript.length > 0 ? await tryTypeScript(typescript, choice) : []),
  ...(rust.length > 0 ? await tryRust(rust, choice) : []),
].filter((one) => !isEquivalent(one));
const survivors = mutants.filter(({ noticed }) => !noticed);
for (const { file, number, line, replacement } of survivors) say(`${file}:${number}\n    ${line}\n  → ${replacement}`);
const noticed = mutants.length - survivors.length;
const score = (100 * noticed) / Math.max(1, mutants.length);
const [low, high] = wilson(noticed, Math.max(1, mutants.length));
say(`${noticed} of ${mutants.length} noticed: ${score.toFixed(1)} % (95 % interval ${low} to ${high})`);
process.exit(score >= WANTED ? 0 : 1);
