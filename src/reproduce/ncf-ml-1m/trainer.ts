import type { Split } from "../../dataset/index.ts";
import { gmf, mlp, neuMfFrom } from "../../models/index.ts";
import type { Model } from "../../nn/model.ts";
import type { TrainingSettings } from "../../train/index.ts";
import { briefly } from "../small.ts";
import type { ReproduceOptions } from "../types.ts";
import { type Epoch, type Training, trainAndWatch } from "./measure.ts";
import type { Recipe } from "./recipes.ts";

export type TrainRecipe = (recipe: Recipe, seed: number) => Promise<Training>;

type Parameters = Record<string, Float32Array>;

interface Part {
  readonly name: string;
  readonly model: Model;
  readonly settings: Partial<TrainingSettings>;
}

/** Trains rows one after another; a training that rows share (the tower of the pretrained NeuMF is a row itself, and so are the members of an ensemble) runs once. */
export function trainer(data: Split, options: ReproduceOptions): TrainRecipe {
  const { engine, threads, signal } = options;
  const done = new Map<string, Training>();
  const train = async ({ name, model, settings }: Part, initialParameters?: Parameters) =>
    trainAndWatch({
      ...{ data, model, settings: briefly(settings, options), engine, threads, signal, initialParameters },
      onEpoch: (epoch, { samplesPerSecond }) => options.onLine?.(lineOf(name, settings, epoch, samplesPerSecond)),
    });
  /** `first`: where its first values come from, with what tells them apart. */
  const once = async (part: Part, first?: { readonly from: object; values(): Promise<Parameters> }) => {
    const { definition, config } = part.model;
    const key = JSON.stringify([definition.name, config, part.settings, first?.from]);
    const training = done.get(key) ?? (await train(part, await first?.values()));
    done.set(key, training);
    return training;
  };
  return async ({ name, model, factors, pretraining, ...recipe }, seed) => {
    const whole = { name, model, settings: { ...recipe.settings, seed } };
    if (!pretraining) return once(whole);
    const half = (of: Model, settings: Partial<TrainingSettings>) =>
      once({ name: `${of.definition.name}-${factors}`, model: of, settings: { ...settings, seed } });
    return once(whole, {
      from: pretraining,
      async values() {
        const first = await half(gmf({ factors }), pretraining.gmf);
        const second = await half(mlp({ factors }), pretraining.mlp);
        return neuMfFrom(first.run.parameters, second.run.parameters, pretraining.alpha);
      },
    });
  };
}

function lineOf(
  name: string,
  { seed }: Partial<TrainingSettings>,
  { epoch, loss, validation, test }: Epoch,
  samplesPerSecond: number,
): string {
  const chosen =
    validation === undefined ? "" : `validation NDCG@10 (sampled-99, seed ${seed}) ${validation.toFixed(4)}, `;
  return (
    `${name} seed ${seed} epoch ${epoch}: loss ${loss.toFixed(4)}, ${chosen}` +
    `test HR@10 ${test["hr@10"]?.toFixed(4)} NDCG@10 ${test["ndcg@10"]?.toFixed(4)}, ` +
    `${(samplesPerSecond / 1e6).toFixed(2)} M samples/s`
  );
}
