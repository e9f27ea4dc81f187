import { type RunMetadata, updateMetadata } from "../artifact/index.ts";
import {
  type Evaluation,
  type EvaluationBeside,
  evaluateBeside,
  evaluateRating,
  type ProtocolName,
} from "../evaluate/index.ts";
import { openDataset } from "./datasets.ts";
import { openEngine } from "./engine.ts";
import { loadRun, type SavedRun } from "./runs.ts";
import type { Session } from "./session.ts";
import { makeSplit } from "./splits.ts";

export interface EvaluationRequest {
  /** Default: full and sampled-99, given where the split has candidates; runs trained on ratings also get rmse and mae. */
  readonly protocols?: readonly ProtocolName[] | undefined;
  readonly k: number;
}

/** What `penchant evaluate --json` prints. */
export interface RunEvaluation extends EvaluationBeside {
  readonly run: string;
  readonly model: string;
  readonly dataset: string;
  readonly split: RunMetadata["split"];
  readonly k: number;
  readonly seed: number;
  readonly warnings: readonly string[];
}
