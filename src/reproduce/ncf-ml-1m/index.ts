/**
 * The leave-one-out experiment on MovieLens-1M of He et al., "Neural Collaborative Filtering", WWW 2017, section 4, with the
 * test interactions and the 99 negatives per user that the authors published.
 */
import type { Split } from "../../dataset/index.ts";
import { gmf, mlp, neuMfFrom } from "../../models/index.ts";
import type { Reproduced, ReproduceOptions, Reproduction } from "../types.ts";
import { readData } from "./data.ts";
import { type Epoch, type Training, trainAndWatch } from "./measure.ts";
import { type Recipe, recipes } from "./recipes.ts";
import { rowsOf } from "./rows.ts";

export async function reproduceNcfMl1m(options: ReproduceOptions): Promise<Reproduction> {
  const started = performance.now();
  const data = await readData(options.from, options.choose ?? false, options.signal);
  const { train, validation, test } = data;
  options.onLine?.(`${train.size} training, ${validation?.size ?? 0} validation, ${test.size} test interactions`);
  const rows: Reproduced[] = [];
  for (const recipe of chosen(options)) rows.push(...(await reproduceRow(recipe, data, options)));
  return { name: "ncf-ml-1m", protocol: protocolOf(data), rows, seconds: (performance.now() - started) / 1000 };
}

/** The models that `only` can name. */
export const ncfMl1mModels: readonly string[] = recipes.map(({ name }) => name);

const chosen = ({ quick, only }: ReproduceOptions): readonly Recipe[] => {
  if (only !== undefined) return recipes.filter(({ name }) => name === only);
  return quick ? recipes.slice(0, 1).map((recipe) => ({ ...recipe, ...recipe.quick })) : recipes;
};

function protocolOf({ test, candidates }: Split): string {
  const each = Math.round((candidates?.items.length ?? 0) / test.size);
  return `leave-one-out as published, ${each} given negatives per user, ${test.size.toLocaleString("en-US")} users`;
}

async function reproduceRow(recipe: Recipe, data: Split, options: ReproduceOptions): Promise<readonly Reproduced[]> {
  const started = performance.now();
  const seeds = options.seeds ?? (options.quick ? recipe.seeds.slice(0, 1) : recipe.seeds);
  const epochs: (readonly Epoch[])[] = [];
  for (const seed of seeds) epochs.push((await train(recipe, seed, data, options)).epochs);
  return rowsOf(recipe, { seeds, epochs, seconds: (performance.now() - started) / 1000 });
}

async function train(recipe: Recipe, seed: number, data: Split, options: ReproduceOptions): Promise<Training> {
  const { engine, threads, signal, onLine } = options;
  const common = { data, engine, threads, signal };
  const watch = (name: string) => ({
    onEpoch: ({ epoch, loss, validation, test }: Epoch, { samplesPerSecond }: { readonly samplesPerSecond: number }) =>
      onLine?.(
        `${name} seed ${seed} epoch ${epoch}: loss ${loss.toFixed(4)}, ${validation === undefined ? "" : `validation NDCG@10 (sampled-99, seed ${seed}) ${validation.toFixed(4)}, `}` +
          `test HR@10 ${test["hr@10"]?.toFixed(4)} NDCG@10 ${test["ndcg@10"]?.toFixed(4)}, ` +
          `${(samplesPerSecond / 1e6).toFixed(2)} M samples/s`,
      ),
  });
  const { pretraining, model } = recipe;
  if (!pretraining)
    return trainAndWatch({ ...common, model, settings: { ...recipe.settings, seed }, ...watch(recipe.name) });
  const { factors } = recipe;
  const first = await trainAndWatch({
    ...common,
    model: gmf({ factors }),
    settings: { ...pretraining.gmf, seed },
    ...watch(`gmf-${factors}`),
  });
  const second = await trainAndWatch({
    ...common,
    model: mlp({ factors }),
    settings: { ...pretraining.mlp, seed },
    ...watch(`mlp-${factors}`),
  });
  const initialParameters = neuMfFrom(first.run.parameters, second.run.parameters, pretraining.alpha);
  return trainAndWatch({
    ...common,
    model,
    settings: { ...recipe.settings, seed },
    initialParameters,
    ...watch(recipe.name),
  });
}
