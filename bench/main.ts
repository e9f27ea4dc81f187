import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareWithBase } from "./base/against.ts";
import { checkOut } from "./base/checkout.ts";
import { benchmarks } from "./cases/index.ts";
import { type Comparison, compareResults } from "./compare.ts";
import { main as measureContent } from "./content/main.ts";
import type { Benchmark, Context } from "./context.ts";
import { SharedFolder } from "./data/files.ts";
import { loadData } from "./data/index.ts";
import { main as measureDefaults } from "./defaults/main.ts";
import { main as measureFoldIn } from "./fold-in/main.ts";
import { main as measureIndex } from "./index/main.ts";
import { MachineGauge } from "./limits.ts";
import { type MachineFacts, machineFacts, watchStolen } from "./machine.ts";
import { type Options, parseOptions, UsageError, usage } from "./options.ts";
import { loadEngine } from "./penchant.ts";
import { findPythons } from "./pythons.ts";
import { readResult, readResults, recordedNames, whyNotRecorded, writeResult } from "./record.ts";
import { reportOf } from "./report.ts";
import { main as recordReproductions } from "./reproductions/main.ts";
import { main as measureRerank } from "./rerank/main.ts";
import type { BenchmarkResult, CaseResult } from "./result.ts";
import { main as measureServe } from "./serve/main.ts";
import { speedChart, speedTable } from "./summary.ts";

const root = join(import.meta.dirname, "..");
const results = join(root, "bench", "results");
const names = benchmarks.map(({ name }) => name);

/** Load average above which somebody else is working. */
const QUIET = 0.5;

const print = (text: string) => process.stdout.write(`${text}\n`);
const say = (text: string) => process.stderr.write(`${text}\n`);

/** Facts of the machine; says where somebody else works on it. */
function quietMachine(): MachineFacts {
  const machine = machineFacts();
  const { loadBefore: load } = machine;
  if (load > QUIET)
    say(`Somebody is working here (load average ${load}): wait for a quiet machine, or trust nothing below.`);
  return machine;
}

async function open(options: Options): Promise<Context & AsyncDisposable> {
  const machine = quietMachine();
  const folder = new SharedFolder();
  process.once("exit", () => folder.remove());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const pythons = findPythons(join(root, "bench", "peers"), options.threads);
  const gauge = new MachineGauge(pythons.main, options.threads);
  const { rounds, seconds, threads } = options;
  return {
    ...{ root, machine, folder, pythons, gauge, rounds, seconds, threads, say, versions: {} },
    engine: await loadEngine(),
    data: loadData(root),
    [Symbol.asyncDispose]: () => gauge.close(),
  };
}

async function measure({ name, title, cases }: Benchmark, context: Context): Promise<BenchmarkResult> {
  const stolen = watchStolen();
  const done: CaseResult[] = [];
  for (const next of cases) {
    context.say(`${name}: ${next.id}`);
    done.push(...[await next.run(context)].flat());
  }
  const share = stolen();
  const { rounds, seconds, threads, versions, data, machine } = context;
  return {
    format: 1,
    ...{ name, title },
    command: `npm run bench -- ${name} --rounds ${rounds} --seconds ${seconds} --threads ${threads}`,
    date: new Date().toISOString(),
    machine: { ...machine, ...(share === undefined ? {} : { stolen: share }) },
    versions: { penchant: ownVersion(), node: process.versions.node, ...versions },
    data: data.name,
    cases: done,
  };
}

/** Version of the package and, in a clone, the commit. */
function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  try {
    const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: "pipe" }).trim();
    return `${version} (${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "src", "native") ? ", changed" : ""})`;
  } catch {
    return version;
  }
}

function record(result: BenchmarkResult, options: Options, engine: string): void {
  const reason = whyNotRecorded(result, { ...options, engine });
  if (reason !== undefined) {
    say(`\nnot recorded: ${reason}`);
    return;
  }
  writeResult(results, result);
  const all = readResults(results, names);
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, "speed.svg"), speedChart(all));
  writeFileSync(join(results, "README.md"), speedTable(all));
  say(`\nrecorded in bench/results (${result.name}.json, speed.svg, README.md)`);
}

function check(result: BenchmarkResult): Comparison[] {
  const recorded = readResult(results, result.name);
  const found = recorded ? compareResults(recorded, result) : [];
  print(recorded ? found.map(({ text }) => text).join("\n") : `${result.name}: nothing recorded to compare with`);
  return found;
}

function list(): void {
  for (const { name, title } of benchmarks) print(`${name.padEnd(16)} ${title}`);
  print(`${"all".padEnd(16)} one after the other`);
}

async function one(benchmark: Benchmark, context: Context, options: Options): Promise<Comparison[]> {
  const result = await measure(benchmark, { ...context, versions: {} });
  print(`\n${reportOf(result)}`);
  if (options.record) record(result, options, context.engine.name);
  return options.check ? check(result) : [];
}

/** Every case of the benchmarks named beside the same case of an earlier revision. Exit status as of `main`. */
async function against(revision: string, options: Options): Promise<number> {
  const base = await checkOut(root, revision, say);
  quietMachine();
  let status = 0;
  let compared = 0;
  for (const { name, cases } of benchmarks.filter((each) => options.names.includes(each.name))) {
    for (const { id } of cases) {
      say(`${name}: ${id}, ${options.rounds} rounds`);
      const { change, text } = await compareWithBase(id, { root, base, options });
      print(text);
      if (change === "slower") status = 1;
      if (change !== "incomparable") compared++;
    }
  }
  return compared > 0 ? status : 1;
}

/** Exit status: 0, or 1 where a benchmark failed or --check found something slower. */
async function main(options: Options): Promise<number> {
  if (options.list) list();
  if (options.names.length === 0) return 0;
  if (options.base !== undefined) return against(options.base, options);
  await using context = await open(options);
  let status = 0;
  let compared = 0;
  for (const benchmark of benchmarks.filter(({ name }) => options.names.includes(name))) {
    try {
      const comparisons = await one(benchmark, context, options);
      if (comparisons.some(({ change }) => change === "slower")) status = 1;
      compared += comparisons.filter(({ change }) => change !== "incomparable").length;
    } catch (problem) {
      say(`${benchmark.name}: ${(problem as Error).stack}`); // the others go on
      status = 1;
    }
  }
  if (!options.check || compared > 0) return status;
  say("Nothing could be compared: install the peers (bench/peers/setup.sh), or name a revision: --check --base REV.");
  return 1;
}

const [first, ...rest] = process.argv.slice(2);
try {
  if (first === "defaults") process.exitCode = await measureDefaults(rest, root);
  else if (first === "index") process.exitCode = await measureIndex(rest);
  else if (first === "content") process.exitCode = await measureContent(rest);
  else if (first === "rerank") process.exitCode = await measureRerank();
  else if (first === "serve") process.exitCode = await measureServe(rest, root);
  else if (first === "reproductions") process.exitCode = recordReproductions(rest, root);
  else if (first === "fold-in") process.exitCode = await measureFoldIn(rest, root);
  else process.exitCode = await main(parseOptions(process.argv.slice(2), names, recordedNames(results)));
} catch (problem) {
  if (!(problem instanceof UsageError)) throw problem;
  say(`${problem.message}\n\n${usage}`);
  process.exitCode = 2;
}
