import type { Engine } from "../engine/contract.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import type { FitResources } from "./options.ts";

export const engineOf = async (engine: FitResources["engine"] = "auto"): Promise<Engine> =>
  typeof engine === "string" ? referenceEngine : engine;
