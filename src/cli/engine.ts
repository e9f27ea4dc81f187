import type { Engine } from "../engine/contract.ts";
import type { Session } from "./session.ts";

/** The engine asked for with --engine, or the fastest there is. Throws ENGINE_UNAVAILABLE. */
export async function openEngine(session: Session): Promise<Engine> {
  const { loadEngine } = await import("../engine/index.ts");
  return loadEngine(session.enginePreference);
}
