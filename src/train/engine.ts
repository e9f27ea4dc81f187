import type { Engine } from "../engine/contract.ts";
import { loadEngine } from "../engine/index.ts";
import type { FitResources } from "./options.ts";

/** An engine by name, or the one given. Throws ENGINE_UNAVAILABLE. */
export const engineOf = async (engine: FitResources["engine"] = "auto"): Promise<Engine> =>
  typeof engine === "string" ? loadEngine(engine) : engine;
