import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Vitest global setup of the suites that run the built package: compiles what changed (a fraction of a second if nothing did). */
export default function build(): void {
  if (process.env["PENCHANT_SKIP_SETUP"] === "1") return;
  execFileSync(process.execPath, [join(import.meta.dirname, "..", "scripts", "setup.mjs")], { stdio: "inherit" });
}
