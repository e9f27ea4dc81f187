/** Builds the native core into native/penchant.node when Rust is there and its sources changed. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { digest, filesBelow, findCargo, findProgram, readStamp, root, run, say, writeWhole } from "./shared.mjs";

const addon = join(root, "native", "penchant.node");
const stamp = join(root, "target", "penchant-native.stamp");

const libraryName =
  {
    darwin: "libpenchant_binding.dylib",
    win32: "penchant_binding.dll",
  }[process.platform] ?? "libpenchant_binding.so";

function sources() {
  const isSource = (file) => /\.(rs|toml)$/.test(file);
  const named = ["Cargo.toml", "Cargo.lock"].map((name) => join(root, name)).filter((path) => existsSync(path));
  return [...named, ...filesBelow(join(root, "native"), isSource)];
}

/**
 * The library without symbols and debug information (1.7 instead of 11 MB): this copy is loaded and published, the whole one
 * stays in target/release for profilers and debuggers, which find it by its build id. As it is where there is no `strip`
 * (on Windows symbols are in a file of their own anyway).
 */
async function stripped(library) {
  const strip = process.platform === "win32" ? undefined : findProgram("strip");
  const copy = `${library}.stripped`;
  try {
    if (strip === undefined) return readFileSync(library);
    const flags = process.platform === "darwin" ? ["-x"] : ["--strip-unneeded"];
    return (await run(strip, [...flags, "-o", copy, library])) === 0 ? readFileSync(copy) : readFileSync(library);
  } finally {
    rmSync(copy, { force: true });
  }
}

/** Resolves with "current", "built", "failed" or "no-rust"; says what it is doing, and nothing when there is nothing to do. */
export async function buildNative() {
  const wanted = digest(sources(), process.platform, process.arch, "stripped");
  if (existsSync(addon) && readStamp(stamp) === wanted) return "current";
  const cargo = findCargo();
  if (cargo === undefined) {
    if (existsSync(addon) && !existsSync(stamp)) return "current"; // a binary that came with the package
    say("· native core: not built, no Rust (cargo) found. Everything works without it, on the WebAssembly engine.");
    say(
      "  Training then takes several times as long. To build it: install Rust (https://rustup.rs), run npm run build.",
    );
    return "no-rust";
  }
  say("· native core: cargo build --release (a minute or two the first time)");
  const locked = existsSync(join(root, "Cargo.lock")) ? ["--locked"] : [];
  const started = Date.now();
  const code = await run(cargo, ["build", "--release", "-p", "penchant-binding", ...locked]);
  const library = join(root, "target", "release", libraryName);
  if (code !== 0 || !existsSync(library)) {
    say(
      `· native core: the build failed (above). Going on with ${existsSync(addon) ? "the previous one" : "the WebAssembly engine"}.`,
    );
    return "failed";
  }
  writeWhole(addon, await stripped(library));
  writeWhole(stamp, wanted);
  say(`· native core: built in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return "built";
}
