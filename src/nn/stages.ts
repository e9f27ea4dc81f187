import { fail } from "../core/errors.ts";
import type { ModelOutputs, TrainingDefaults } from "./model.ts";

/** How a stage before the last one trains: for exactly so many epochs; what is not said is as in the last stage. */
export interface StageTraining extends Omit<TrainingDefaults, "epochs" | "patience"> {
  readonly epochs: number;
}

/**
 * One of several trainings, one after the other: each goes on from what those before it learned. What it learns from is the score, or the loss,
 * that `build` gives under its name in `stages`; where there is none, it is the model's own.
 */
export interface Stage {
  /** Shown while it trains, and kept with the run. */
  readonly name: string;
  /** What learns in it, by names of parameters or what they begin with (`layer/1`); all else stays as it is. Default: everything. */
  readonly learns?: readonly string[];
  /** Of every stage but the last one, which trains as the settings of the training say: validation chooses its epochs alone. */
  readonly training?: StageTraining;
}

/** What a stage learns from in place of the model's own. */
export type StageOutputs = Pick<ModelOutputs, "loss" | "penalty"> & Partial<Pick<ModelOutputs, "score">>;

/** Throws CONFIG_VALUE where the stages of a model are no order of trainings. */
export function checkStages(model: string, stages: readonly Stage[]): void {
  const refuse = (what: string, fix: string) => fail("CONFIG_VALUE", { what: `${what} of model "${model}"`, fix });
  const names = stages.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) refuse(`Two stages are called "${twice}"`, "Give each a name of its own.");
  for (const { name, training } of stages.slice(0, -1)) {
    if (training && Number.isSafeInteger(training.epochs) && training.epochs >= 1) continue;
    refuse(`Stage "${name}" does not say for how many epochs it trains`, "Give it training: { epochs: 10 }.");
  }
  const last = stages.at(-1);
  if (last?.training)
    refuse(`The last stage, "${last.name}", has a training of its own`, "Recommend it as the training of the model.");
}

/** Whether a parameter learns in a stage. */
export const learnsIn =
  ({ learns }: Pick<Stage, "learns">) =>
  (parameter: string): boolean =>
    learns === undefined || learns.some((part) => parameter === part || parameter.startsWith(`${part}/`));

/** The model's outputs as a stage has them. Throws CONFIG_VALUE where outputs are of a stage that there is none of. */
export function outputsIn(stage: Stage | undefined, stages: readonly Stage[], outputs: ModelOutputs): ModelOutputs {
  for (const name of Object.keys(outputs.stages ?? {})) {
    if (stages.some((one) => one.name === name)) continue;
    fail("CONFIG_VALUE", {
      what: `build gives outputs for "${name}", which is no stage`,
      expected: stages.length > 0 ? stages.map((one) => one.name).join(", ") : "no outputs in stages",
      received: name,
      fix: "Name the stage in the definition's stages, or leave its outputs out.",
    });
  }
  const own = stage && outputs.stages?.[stage.name];
  return own ? { score: outputs.score, ...own } : outputs;
}

/** Throws CONFIG_VALUE where a stage names what none of its parameters begins with, or nothing learns in it. */
export function checkLearning(stage: Stage, trainable: readonly string[]): void {
  const named = stage.learns ?? [];
  const unknown = named.find((part) => !trainable.some(learnsIn({ learns: [part] })));
  if (unknown === undefined && trainable.some(learnsIn(stage))) return;
  fail("CONFIG_VALUE", {
    what:
      unknown === undefined
        ? `Nothing learns in stage "${stage.name}"`
        : `Nothing of stage "${stage.name}" is called "${unknown}"`,
    expected: trainable.length > 0 ? `some of ${trainable.join(", ")}` : "a loss that looks at parameters that learn",
    received: named.join(", "),
    fix: "Name parameters that the loss of the stage looks at, or the first parts of their names.",
  });
}
