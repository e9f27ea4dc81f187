import { fail } from "../core/errors.ts";
import type { Engine } from "./contract.ts";
import { loadNativeEngine } from "./native/index.ts";
import { referenceEngine } from "./reference/index.ts";

export type EnginePreference = "native" | "wasm" | "reference" | "auto";

/** What went wrong with the native core, told once in the life of the process. */
let told = false;

/**
 * The engine asked for; with `auto` (the default) the native core or, where it cannot be loaded, the slow reference
 * engine, after one line on stderr that says why. Throws ENGINE_UNAVAILABLE when one asked for by name cannot be loaded.
 */
export async function loadEngine(preference: EnginePreference = "auto"): Promise<Engine> {
  if (preference === "reference") return referenceEngine;
  if (preference === "wasm") {
    return fail("ENGINE_UNAVAILABLE", { what: "The WebAssembly engine is not part of this version" });
  }
  try {
    return native();
  } catch (cause) {
    if (preference === "native") {
      return fail("ENGINE_UNAVAILABLE", { what: "The native engine cannot be loaded", received: reason(cause), cause });
    }
    sayOnce(cause);
    return referenceEngine;
  }
}

let loaded: Engine | undefined;

function native(): Engine {
  loaded ??= loadNativeEngine();
  return loaded;
}

function sayOnce(cause: unknown): void {
  if (told) return;
  told = true;
  process.stderr.write(
    `penchant: using the slow reference engine, because the native core cannot be loaded (${reason(cause)}).\n` +
      "  To build it: install Rust (https://rustup.rs) and run npm run build.\n",
  );
}

/** The first line of what Node says: the rest is a list of places it looked in. */
const reason = (cause: unknown): string =>
  String(cause instanceof Error ? cause.message : cause).split("\n")[0] ?? "unknown reason";
