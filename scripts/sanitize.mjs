/**
 * Runs the core's tests where wrong use of memory shows: under AddressSanitizer (with leaks), and a selection under
 * valgrind's memcheck where that is installed. Says what ran and what could not. Takes minutes: not part of `npm test`.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findCargo, root, run, say } from "./shared.mjs";

const results = [];
const note = (name, outcome) => results.push([name, outcome]);

/** What a command prints, or undefined where it cannot be run. */
function output(command, args) {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

const version = output("rustc", ["-vV"]);
const host = version?.match(/^host: (.*)$/m)?.[1];
const cargo = findCargo();

/** The run-time libraries come with the stable toolchain; the flag that links them is unstable, hence RUSTC_BOOTSTRAP. */
async function sanitizer(name, folder, options) {
  const libraries = join(output("rustc", ["--print", "sysroot"]), "lib", "rustlib", host, "lib");
  if (!existsSync(join(libraries, `librustc-stable_rt.${folder}.a`)))
    return note(name, "could not run: no such run-time library in this toolchain");
  say(`\n▶ ${name}`);
  const env = {
    ...process.env,
    ...options.env,
    RUSTC_BOOTSTRAP: "1",
    RUSTFLAGS: options.flags,
    CARGO_TARGET_DIR: join(root, "target", folder),
  };
  const args = ["test", "-p", "penchant-kernels", "--target", host, "--no-fail-fast"];
  const code = await run(cargo, [...args, ...(options.only ?? ["--lib", "--tests"])], { cwd: root, env });
  note(name, code === 0 ? "passed" : "FAILED");
}

/** Without AVX-512, which valgrind does not know; a selection, as it is fifty times slower. */
async function valgrind() {
  const name = "valgrind memcheck (selection)";
  if (output("valgrind", ["--version"]) === undefined) return note(name, "could not run: valgrind is not installed");
  say(`\n▶ ${name}`);
  const built = output(cargo, [
    "test",
    "-p",
    "penchant-kernels",
    "--test",
    "profile",
    "--no-run",
    "--message-format=json",
  ]);
  const program = built
    ?.split("\n")
    .map((line) => JSON.parse(line))
    .find(({ executable, target }) => executable && target?.name === "profile")?.executable;
  if (program === undefined) return note(name, "FAILED: the tests do not build");
  const flags = ["--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite", "-q"];
  const probe = await run("valgrind", [...flags, program, "--list"], { cwd: root });
  if (probe !== 0) return note(name, "could not run: valgrind does not know this processor's instructions");
  const code = await run("valgrind", [...flags, program, "--test-threads=1", "laps"], { cwd: root });
  if (code === 132 || code === 4) return note(name, "could not run: valgrind does not know an instruction (AVX-512)");
  note(name, code === 0 ? "passed" : `FAILED (exit status ${code})`);
}

if (cargo === undefined || host === undefined) note("everything", "could not run: no Rust on this machine");
else {
  await sanitizer("AddressSanitizer", "asan", {
    flags: "-Zsanitizer=address",
    // One test asks for more memory than there is.
    env: { ASAN_OPTIONS: "allocator_may_return_null=1" },
  });
  // It must see how locks and joins order things, or it reports every one of them: the standard library is built with it.
  const name = "ThreadSanitizer (determinism, profiles)";
  if (existsSync(join(output("rustc", ["--print", "sysroot"]), "lib", "rustlib", "src"))) {
    const only = ["-Zbuild-std", "--test", "determinism", "--test", "profile"];
    await sanitizer(name, "tsan", { flags: "-Zsanitizer=thread", only });
  } else note(name, "could not run: needs the standard library's sources (rustup component add rust-src)");
  await valgrind();
}
note("Miri", "could not run: needs the nightly toolchain, and knows none of the vector instructions");

console.log(results.map(([name, outcome]) => `${name}: ${outcome}`).join("\n"));
process.exitCode = results.some(([, outcome]) => outcome.startsWith("FAILED")) ? 1 : 0;
