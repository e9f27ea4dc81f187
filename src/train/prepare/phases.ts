import type { Model } from "../../nn/model.ts";
import { learnsByGradient } from "../../nn/plans.ts";
import { holdOutLast, type TrainingData, together } from "../inputs/data.ts";
import type { FitResources } from "../settings/options.ts";
import type { TrainingSettings } from "../settings/settings.ts";
import type { TrainingWarning } from "../settings/warnings.ts";

/** What the selection and the refit learn from. */
export interface Phases {
  readonly settings: TrainingSettings;
  /** Of the selection. */
  readonly train: TrainingData;
  /** Chooses the epoch; undefined where nothing is held out. */
  readonly validation: TrainingData | undefined;
  /** Of the refit; undefined where there is none. */
  readonly everything: TrainingData | undefined;
  readonly warnings: readonly TrainingWarning[];
}

export interface PhasesInput {
  readonly model: Model;
  readonly train: TrainingData;
  readonly settings: TrainingSettings;
  readonly resources: Pick<FitResources, "validation" | "refitWith">;
}

/** Epochs where none can be chosen, because there is nothing to hold out. */
const UNCHOSEN_EPOCHS = 20;

/** Takes a validation part where early stopping needs one and there is none. */
export function phasesOf({ model, train, settings, resources }: PhasesInput): Phases {
  const { validation, refitWith = [] } = resources;
  const refitted = (): TrainingData => together(train, validation ? [validation, ...refitWith] : refitWith);
  const everything = settings.refit && (validation || refitWith.length > 0) ? refitted() : undefined;
  const isTrained = learnsByGradient(model);
  if (validation || settings.patience === 0 || !isTrained) {
    return { settings, train, validation, everything, warnings: [] };
  }
  const held = holdOutLast(train, settings.seed);
  if (held) return { settings, ...held, everything: settings.refit ? refitted() : undefined, warnings: [] };
  const epochs = Math.min(settings.epochs, UNCHOSEN_EPOCHS);
  const fixed = { ...settings, epochs, patience: 0, refit: everything !== undefined };
  return { settings: fixed, train, validation, everything, warnings: [nothingHeldOut(epochs)] };
}

const nothingHeldOut = (epochs: number): TrainingWarning => ({
  code: "no-validation",
  message:
    `No user has three interactions, so that nothing can be held out to choose the number of epochs: ${epochs} are trained. ` +
    "Give epochs to choose another number.",
});
