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

const metrics = ["hr@10", "ndcg@10"] as const;

export async function reproduceNcfMl1m(options: ReproduceOptions): Promise<Reproduction> {
  const started = performance.now();
  const data = await readData(options.from, options.choose ?? false, options.signal);
  const { train, validation, test } = data;
  options.onLine?.(`${train.size} training, ${validation?.size ?? 0} validation, ${test.size} test interactions`);
  const rows: Reproduced[] = [];
  for (const recipe of chosen(options)) rows.push(...(await reproduceRow(recipe, data, options)));
  return {
    name: "ncf-ml-1m",
    protocol: "leave-one-out as published, 99 given negatives per user, 6,040 users",
    rows,
    seconds: (performance.now() - started) / 1000,
  };
}

const chosen = ({ quick, only }: ReproduceOptions): readonly Recipe[] =>
  quick ? recipes.slice(0, 1) : recipes.filter(({ name }) => only === undefined || name === only);

async function reproduceRow(recipe: Recipe, data: Split, options: ReproduceOptions): Promise<Reproduced[]> {
  const started = performance.now();
  const seeds = options.seeds ?? (options.quick ? recipe.seeds.slice(0, 1) : recipe.seeds);
  const trainings: Training[] = [];
  for (const seed of seeds) trainings.push(await train(recipe, seed, data, options));
  const seconds = (performance.now() - started) / 1000;
  return (["test", "validation"] as const).flatMap((epochChosenBy) =>
    metrics.map((metric) => {
      const best = trainings.map(({ epochs }) => epochOf(epochs, epochChosenBy, recipe.chosenEpoch));
      const values = best.map(({ test }) => test[metric]?.value ?? Number.NaN);
      const { low = Number.NaN, high = Number.NaN } = best[0]?.test[metric] ?? {};
      return {
        ...{ model: recipe.name, factors: recipe.factors, metric, published: recipe.published[metric] },
        ...{ measured: values.reduce((a, b) => a + b, 0) / values.length, low, high, epochChosenBy },
        ...{ epochs: best.map(({ epoch }) => epoch), seeds, values, seconds },
      };
    }),
  );
}

/**
 * test: the epoch with the best HR@10 on the test itself, the authors' optimistic way. validation: the epoch that the
 * validation part prefers, or the one that it chose when the recipe was written. Ties: the earlier.
 */
function epochOf(epochs: readonly Epoch[], by: "test" | "validation", chosen: number): Epoch {
  const validated = epochs.some(({ validation }) => validation !== undefined);
  const fixed = epochs[Math.min(chosen, epochs.length) - 1];
  if (by === "validation" && !validated && fixed) return fixed;
  const key = ({ validation, test }: Epoch) => (by === "validation" ? validation : test["hr@10"]?.value) ?? 0;
  return epochs.reduce((best, epoch) => (key(epoch) > key(best) ? epoch : best));
}

async function train(recipe: Recipe, seed: number, data: Split, options: ReproduceOptions): Promise<Training> {
  const { engine, threads, signal, onLine } = options;
  const common = { data, engine, threads, signal };
  const watch = (name: string) => ({
    onEpoch: ({ epoch, loss, validation, test }: Epoch, { samplesPerSecond }: { readonly samplesPerSecond: number }) =>
      onLine?.(
        `${name} seed ${seed} epoch ${epoch}: loss ${loss.toFixed(4)}, ${validation === undefined ? "" : `validation NDCG@10 ${validation.toFixed(4)}, `}` +
          `test HR@10 ${test["hr@10"]?.value.toFixed(4)} NDCG@10 ${test["ndcg@10"]?.value.toFixed(4)}, ` +
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
