/** Builds the native core into native/penchant.node when Rust is there and its sources changed. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digest, filesBelow, findCargo, readStamp, root, run, say, writeWhole } from "./shared.mjs";

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

/** Resolves with "current", "built", "failed" or "no-rust"; says what it is doing, and nothing when there is nothing to do. */
export async function buildNative() {
  const wanted = digest(sources(), process.platform, process.arch);
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
  writeWhole(addon, readFileSync(library));
  writeWhole(stamp, wanted);
  say(`· native core: built in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return "built";
}
