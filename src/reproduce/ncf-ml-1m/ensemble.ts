/** The row of several models together, their weights chosen on the validation part. */
import type { Fusion } from "../../core/fuse.ts";
import type { Split } from "../../dataset/index.ts";
import { means, selectWeights } from "../../evaluate/index.ts";
import { FusedScorer } from "../../retrieve/fused-scorer.ts";
import type { ReproduceOptions } from "../types.ts";
import { type Epoch, testMetrics } from "./measure.ts";
import { type Recipe, recipes } from "./recipes.ts";
import type { TrainRecipe } from "./trainer.ts";

/** Rows of the table that answer together. */
export interface EnsembleRecipe {
  readonly name: string;
  readonly fusion: Fusion;
  /** Names of recipes, with the weights that `--choose` gave. */
  readonly members: Readonly<Record<string, number>>;
  readonly source: string;
  readonly seeds: readonly number[];
}

export const ensembles: readonly EnsembleRecipe[] = [
  {
    name: "ensemble",
    fusion: "standardized",
    // of 22 steps; item-knn, rp3beta and lightgcn-softmax, which were offered too, were never taken or gained nothing
    members: { slim: 5, ease: 5, "ials-192": 5, "pure-svd": 1, "neumf-64-pretrained": 6 },
    source: "never published",
    seeds: [1],
  },
];

/** Trains the members that are not trained yet, and measures their weighted sum as if after an epoch 0. */
export async function measureEnsemble(
  { fusion, members, name }: EnsembleRecipe,
  { data, train, seed }: { readonly data: Split; readonly train: TrainRecipe; readonly seed: number },
  options: ReproduceOptions,
): Promise<Epoch> {
  const names = Object.keys(members);
  const own = names.map((member) => recipes.find((recipe) => recipe.name === member) as Recipe);
  const scorers = [];
  for (const recipe of own) {
    // what chooses weights must be new to all members
    const settings = { ...recipe.settings, ...(data.validation && { refit: false }) };
    scorers.push((await train({ ...recipe, settings }, seed)).run.scorer(options.threads));
  }
  try {
    const chosen = data.validation && {
      ...(await selectWeights(scorers, {
        ...{ train: data.train, test: data.validation, fusion, k: 10, negatives: 99, seed, signal: options.signal },
      })),
    };
    const weights = chosen?.weights ?? Object.values(members);
    const told = names.map(
      (member, i) => `${member} ${weights[i]}${chosen ? ` (alone ${chosen.alone[i]?.toFixed(4)})` : ""}`,
    );
    const value = chosen ? `, validation NDCG@10 (sampled-99, seed ${seed}) ${chosen.value.toFixed(4)}` : "";
    options.onLine?.(`${name} seed ${seed}: weights ${told.join(", ")}${value}`);
    const sources = scorers.map((scorer, i) => ({ scorer, weight: weights[i] as number }));
    const fused = new FusedScorer({ members: sources, fusion, items: data.train.items.size }, () => {});
    const users = await testMetrics(fused, data, seed);
    return { epoch: 0, loss: Number.NaN, validation: chosen?.value, test: means(users), users };
  } finally {
    for (const scorer of scorers) scorer.dispose();
  }
}
