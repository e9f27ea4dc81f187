import type { Engine } from "../../src/engine/contract.ts";
import { loadEngine } from "../../src/engine/index.ts";

/** The native engine, or why it is not there: what tests that need it say when they are skipped. */
export async function nativeEngine(): Promise<
  { readonly engine: Engine } | { readonly engine: undefined; readonly reason: string }
> {
  try {
    return { engine: await loadEngine("native") };
  } catch (error) {
    return { engine: undefined, reason: `needs the native engine: ${error instanceof Error ? error.message : error}` };
  }
}
