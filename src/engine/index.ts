import { checkArgument } from "../core/argument.ts";
import { fail } from "../core/errors.ts";
import type { Engine } from "./contract.ts";
import { loadNativeEngine } from "./native/index.ts";
import { referenceEngine } from "./reference/index.ts";
import { loadWasmEngine } from "./wasm/index.ts";

const PREFERENCES = ["native", "wasm", "reference", "auto"] as const;
export type EnginePreference = (typeof PREFERENCES)[number];

/** What went wrong with the native core, told once in the life of the process. */
let told = false;

/**
 * The engine asked for. With `auto` (the default) the native core; where it cannot be loaded the WebAssembly engine, and
 * where that cannot either the reference engine, after a note on stderr that says why. Throws ENGINE_UNAVAILABLE when one
 * asked for by name cannot be loaded.
 */
export async function loadEngine(preference: EnginePreference = "auto"): Promise<Engine> {
  checkArgument(PREFERENCES.includes(preference), preference, {
    ...{ call: "loadEngine(preference)", name: "the preference", expected: PREFERENCES.join(", ") },
  });
  if (preference === "reference") return referenceEngine;
  if (preference === "wasm") return wasm().catch(unavailable("The WebAssembly engine"));
  if (preference === "native") return native().catch(unavailable("The native engine"));
  try {
    return await native();
  } catch (cause) {
    const engine = await wasm().catch(() => referenceEngine);
    sayOnce(engine.name, cause);
    return engine;
  }
}

let loaded: Engine | undefined;
let compiled: Promise<Engine> | undefined;

async function native(): Promise<Engine> {
  loaded ??= loadNativeEngine();
  return loaded;
}

function wasm(): Promise<Engine> {
  compiled ??= loadWasmEngine();
  return compiled;
}

const unavailable =
  (what: string) =>
  (cause: unknown): never =>
    fail("ENGINE_UNAVAILABLE", { what: `${what} cannot be loaded`, received: reason(cause), cause });

const slower = { native: "", wasm: "slower WebAssembly engine", reference: "slow reference engine" } as const;

function sayOnce(name: Engine["name"], cause: unknown): void {
  if (told) return;
  told = true;
  process.stderr.write(
    `penchant: using the ${slower[name]}, because the native core cannot be loaded (${reason(cause)}).\n` +
      "  To build it: install Rust (https://rustup.rs) and run npm run build.\n",
  );
}

/** The first line of what Node says: the rest is a list of places it looked in. */
const reason = (cause: unknown): string =>
  String(cause instanceof Error ? cause.message : cause).split("\n")[0] ?? "unknown reason";
