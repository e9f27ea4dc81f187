/**
 * Rebuilds src/engine/wasm/penchant.wasm, which is committed, from native/wasm and native/kernels.
 *
 *   node scripts/wasm.mjs            rebuild
 *   node scripts/wasm.mjs --check    only say whether the committed module was built from these sources (exit code 1: no)
 *
 * Needs a Rust with the source of its standard library and the lld linker. Debian has all of it:
 *   apt-get update && apt-get install rustc-web cargo-web rust-web-src lld
 * Another toolchain: set PENCHANT_WASM_CARGO and PENCHANT_WASM_RUSTC to its cargo and rustc.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative, sep } from "node:path";
import { filesBelow, root, run, say, writeWhole } from "./shared.mjs";

const folder = join(root, "src", "engine", "wasm");
const module = join(folder, "penchant.wasm");
const record = join(folder, "penchant.wasm.json");
const crate = join(root, "native", "wasm");
const cargo = process.env.PENCHANT_WASM_CARGO ?? "/usr/bin/cargo";
const rustc = process.env.PENCHANT_WASM_RUSTC ?? "/usr/bin/rustc";

/** Name of the module's section that says from which sources it was built. */
const SECTION = "penchant-sources";

/**
 * 128-bit vectors, and memory shared between threads: linked for 2 MiB at first (src/engine/wasm/core.ts) and 4 GiB at most.
 * What is exported beside the crate's own functions lets each thread have a stack and thread-local variables of its own.
 */
const flags = [
  "-Clinker=wasm-ld",
  "-Ctarget-feature=+simd128,+atomics,+bulk-memory,+mutable-globals",
  ...[
    "--shared-memory",
    "--import-memory",
    "--initial-memory=2097152",
    "--max-memory=4294967296",
    ...["__stack_pointer", "__tls_size", "__wasm_init_tls"].map((name) => `--export=${name}`),
  ].map((argument) => `-Clink-arg=${argument}`),
];
const cargoArguments = ["--target=wasm32-unknown-unknown", "-Zbuild-std=std,panic_abort"];

/** Everything that decides what is built; tests of the kernels do not. */
function sources() {
  const isTest = /(^|[\\/])tests?(\.rs$|[\\/])/;
  const rust = ["kernels", "wasm"].flatMap((name) => filesBelow(join(root, "native", name, "src")));
  const manifests = ["kernels/Cargo.toml", "wasm/Cargo.toml", "wasm/Cargo.lock"].map((name) =>
    join(root, "native", name),
  );
  return [...rust, ...manifests].filter((file) => /\.(rs|toml|lock)$/.test(file) && !isTest.test(file));
}

/** The same on every system: paths with slashes, lines without carriage returns. */
export function sourcesHash() {
  const hash = createHash("sha256").update([...flags, ...cargoArguments].join("\0"));
  const named = sources().map((file) => [relative(root, file).split(sep).join("/"), file]);
  for (const [name, file] of named.sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\0${name}\0`).update(readFileSync(file, "utf8").replaceAll("\r\n", "\n"));
  }
  return hash.digest("hex");
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The module with a custom section at its end: id 0, size, name, content. Lengths below 128 are one byte each. */
function withSection(bytes, content) {
  const name = Buffer.from(SECTION);
  const body = Buffer.concat([Buffer.of(name.length), name, Buffer.from(content)]);
  if (body.length > 127) throw new RangeError("the section is too long");
  return Buffer.concat([bytes, Buffer.of(0, body.length), body]);
}

/** What is wrong with the committed module, or undefined. */
function problem() {
  if (!existsSync(module) || !existsSync(record)) return "src/engine/wasm/penchant.wasm is missing";
  const bytes = readFileSync(module);
  const recorded = JSON.parse(readFileSync(record, "utf8"));
  if (recorded.module !== sha256(bytes)) return "penchant.wasm is not the module that penchant.wasm.json describes";
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), SECTION);
  const built = section === undefined ? "" : Buffer.from(section).toString();
  if (built !== recorded.sources) return "penchant.wasm and penchant.wasm.json name different sources";
  if (built !== sourcesHash()) return "native/kernels or native/wasm changed since penchant.wasm was built";
  return undefined;
}

function check() {
  const wrong = problem();
  if (wrong === undefined) return 0;
  say(`${wrong}. Rebuild it: node scripts/wasm.mjs`);
  return 1;
}

async function build() {
  for (const tool of [cargo, rustc]) {
    if (!existsSync(tool)) {
      say(`${tool} is missing. On Debian: apt-get update && apt-get install rustc-web cargo-web rust-web-src lld`);
      return 1;
    }
  }
  const hash = sourcesHash();
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target", "wasm");
  // Names of folders of this machine have no place in the module.
  const places = { [root]: "penchant", [process.env.CARGO_HOME ?? join(homedir(), ".cargo")]: "cargo" };
  const remaps = Object.entries(places).map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  const env = {
    ...process.env,
    CARGO_TARGET_DIR: target,
    CARGO_ENCODED_RUSTFLAGS: [...flags, ...remaps].join("\x1f"),
    RUSTC: rustc,
    // The standard library is built along, which only unstable options can; nothing else is unstable.
    RUSTC_BOOTSTRAP: "1",
  };
  const code = await run(cargo, ["build", "--release", "--locked", ...cargoArguments], { cwd: crate, env });
  if (code !== 0) return code;
  const built = readFileSync(join(target, "wasm32-unknown-unknown", "release", "penchant_wasm.wasm"));
  const bytes = withSection(built, hash);
  writeWhole(module, bytes);
  writeWhole(record, `${JSON.stringify({ sources: hash, module: sha256(bytes), bytes: bytes.length }, null, 2)}\n`);
  say(`src/engine/wasm/penchant.wasm: ${bytes.length} bytes`);
  return 0;
}

process.exitCode = process.argv.includes("--check") ? check() : await build();
