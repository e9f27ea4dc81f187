/**
 * The leave-one-out experiment on MovieLens-1M of He et al., "Neural Collaborative Filtering", WWW 2017, section 4, with the
 * test interactions and the 99 negatives per user that the authors published.
 */
import type { Split } from "../../dataset/index.ts";
import { costsOf } from "../costs.ts";
import { once } from "../small.ts";
import type { Measurement, Reproduced, ReproduceOptions } from "../types.ts";
import { readData } from "./data.ts";
import { type EnsembleRecipe, ensembles, measureEnsemble } from "./ensemble.ts";
import type { Epoch, Training } from "./measure.ts";
import { type Recipe, recipes } from "./recipes.ts";
import { rowsOf } from "./rows.ts";
import { type TrainRecipe, trainer } from "./trainer.ts";

export async function reproduceNcfMl1m(options: ReproduceOptions): Promise<Measurement> {
  const started = performance.now();
  const data = await readData(options);
  options.onLine?.(sizesOf(data));
  const rows: Reproduced[] = [];
  const train = trainer(data, options);
  const isAsked = ({ name }: Recipe | EnsembleRecipe) => options.only === undefined || name === options.only;
  for (const recipe of recipes.filter(isAsked)) rows.push(...(await reproduceRow(recipe, train, options)));
  for (const recipe of ensembles.filter(isAsked)) rows.push(...(await ensembleRow(recipe, { data, train }, options)));
  return { name: "ncf-ml-1m", protocol: protocolOf(data), rows, seconds: (performance.now() - started) / 1000 };
}

const sizesOf = ({ train, validation, test }: Split): string =>
  `${train.size} training, ${validation?.size ?? 0} validation, ${test.size} test interactions`;

/** The models that `only` can name. */
export const ncfMl1mModels: readonly string[] = [...recipes, ...ensembles].map(({ name }) => name);

function protocolOf({ test, candidates }: Split): string {
  const each = Math.round((candidates?.items.length ?? 0) / test.size);
  return `leave-one-out as published, ${each} given negatives per user, ${test.size.toLocaleString("en-US")} users`;
}

async function ensembleRow(
  recipe: EnsembleRecipe,
  { data, train }: { readonly data: Split; readonly train: TrainRecipe },
  options: ReproduceOptions,
): Promise<readonly Reproduced[]> {
  const started = performance.now();
  const seeds = options.seeds ?? once(recipe.seeds, options);
  const epochs: (readonly Epoch[])[] = [];
  for (const seed of seeds) epochs.push([await measureEnsemble(recipe, { data, train, seed }, options)]);
  const facts = { name: recipe.name, factors: 0, chosenEpoch: 0 };
  return rowsOf(facts, { seeds, epochs, seconds: (performance.now() - started) / 1000 });
}

async function reproduceRow(
  recipe: Recipe,
  train: TrainRecipe,
  options: ReproduceOptions,
): Promise<readonly Reproduced[]> {
  const started = performance.now();
  const seeds = options.seeds ?? once(recipe.seeds, options);
  const trained: Training[] = [];
  for (const seed of seeds) trained.push(await train(recipe, seed));
  return rowsOf(recipe, {
    seeds,
    epochs: trained.map(({ epochs }) => epochs),
    costs: trained.map(({ run }) => costsOf(run)),
    seconds: (performance.now() - started) / 1000,
  });
}
