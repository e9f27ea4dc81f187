import type { DataMatrices } from "../core/csr.ts";
import type { Scorer } from "../engine/contract.ts";
import type { Plan } from "../graph/plan.ts";
import type { Catalog, Model } from "../nn/model.ts";
import { givesLogits } from "../nn/plans.ts";
import type { TrainingData } from "./inputs/data.ts";
import type { FittedSides } from "./inputs/features.ts";
import type { TrainingSettings } from "./settings/settings.ts";
import type { TrainingWarning } from "./settings/warnings.ts";
import type { EndEvent, EpochRecord, StageRecord } from "./told/events.ts";

/** Training anew on everything. */
export interface Refit {
  readonly epochs: readonly EpochRecord[];
  readonly seconds: number;
  /** Whether it learned from more than training and validation (`refitWith`): then only the selection can be measured. */
  readonly final: boolean;
}

/** A trained model. */
export interface Run {
  readonly model: Model;
  readonly catalog: Catalog;
  /** What was learned of the features. */
  readonly features?: FittedSides | undefined;
  readonly settings: TrainingSettings;
  /** What its parameters learned from. */
  readonly data: TrainingData;
  /** Which engine trained it. */
  readonly engine: string;
  /** Of the selection, where there was a refit; in the last stage, where the model has several. */
  readonly epochs: readonly EpochRecord[];
  /** Those before the last one; absent where there are none. */
  readonly stages?: readonly StageRecord[];
  /** For `bestEpoch` epochs; absent where there was none. */
  readonly refit?: Refit;
  /** The run that chose the epoch and has not seen what was held out: what to measure. Only with `refit`. */
  readonly selection?: Run;
  /** The best validated epoch, counted from 1; the last one without validation; 0 where nothing is trained. */
  readonly bestEpoch: number;
  readonly stopped: EndEvent["reason"];
  /** What a reader of the results should know; also told as events. */
  readonly warnings: readonly TrainingWarning[];
  /** Of the refit; without one, of the best epoch (`restoreBest`) or the last. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** What the score reads of the data, by name: `history`, and what the model derives from it or has solved for. */
  readonly matrices: DataMatrices;
  /** user, item → `score`. */
  readonly scorePlan: Plan;
  /** Wall-clock seconds with validation and checkpoints, those before a resume included. */
  readonly seconds: number;
  /** Of the whole process. */
  readonly peakMemoryBytes: number;
  /**
   * Scores with the run's parameters; dispose it after use. `threads` 0 or absent: every core. Where scores look at the context of events,
   * it is that of the first of each user's events in `heldOut`, and its age 0; without it nothing is known of the event.
   */
  scorer(threads?: number, heldOut?: TrainingData): Scorer;
}

/** Whether its scores are logits of the probability that a pair is positive, as the log loss needs. */
export const scoresLogits = ({ model, catalog, settings }: Run): boolean => givesLogits(model, catalog, settings);

/** Numbers that were learned or solved for. */
export function parameterCount({ model, matrices: { history: _, rated: __, ...matrices }, parameters }: Run): number {
  const solved = model.solve ? Object.values(matrices).map(({ items }) => items) : [];
  return [...Object.values(parameters), ...solved].reduce((sum, values) => sum + values.length, 0);
}

/** The most memory this process ever held, in bytes (resourceUsage counts kilobytes). */
export const peakMemoryBytes = (): number => process.resourceUsage().maxRSS * 1024;
