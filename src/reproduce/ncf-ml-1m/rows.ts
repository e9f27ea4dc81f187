import { type Costs, meanCosts } from "../costs.ts";
import { measuredRows } from "../measured.ts";
import type { Reproduced } from "../types.ts";
import type { Epoch } from "./measure.ts";
import type { Recipe } from "./recipes.ts";

const metrics = ["hr@10", "ndcg@10"] as const;

/** What a row says of its recipe. */
export type RowFacts = Pick<Recipe, "name" | "factors" | "published" | "chosenEpoch">;

/** Epochs of one training per seed, in the order of `seeds`. */
export interface Trained {
  readonly seeds: readonly number[];
  readonly epochs: readonly (readonly Epoch[])[];
  readonly seconds: number;
  /** Of each training, the test after every epoch included; none of what only joins others. */
  readonly costs?: readonly Costs[];
}

/**
 * Two rows per way of choosing the epoch (one way, where a model is solved for), HR@10 and NDCG@10, each the mean over the seeds
 * with that mean's interval.
 */
export function rowsOf(recipe: RowFacts, { seeds, epochs, seconds, costs }: Trained): readonly Reproduced[] {
  const isSolved = epochs.every(([first]) => first?.epoch === 0);
  const ways = isSolved ? (["none"] as const) : (["test", "validation"] as const);
  return ways.flatMap((epochChosenBy) => {
    const best = epochs.map((one) => epochOf(one, epochChosenBy, recipe.chosenEpoch));
    return measuredRows(
      {
        ...{ model: recipe.name, factors: recipe.factors, epochChosenBy, seeds, seconds },
        ...{ epochs: best.map(({ epoch }) => epoch), users: best.map(({ users }) => users) },
        ...(costs && meanCosts(costs)),
      },
      metrics,
      recipe.published,
    );
  });
}

/**
 * test: the epoch with the best HR@10 on the test itself, the authors' optimistic way. validation: the epoch that the
 * validation part prefers, or the one that it chose when the recipe was written. Ties: the earlier.
 */
export function epochOf(epochs: readonly Epoch[], by: "test" | "validation" | "none", chosen: number): Epoch {
  const validated = epochs.some(({ validation }) => validation !== undefined);
  const fixed = epochs[Math.min(chosen, epochs.length) - 1];
  if (by === "validation" && !validated && fixed) return fixed;
  const key = ({ validation, test }: Epoch) => (by === "validation" ? validation : test["hr@10"]) ?? 0;
  return epochs.reduce((best, epoch) => (key(epoch) > key(best) ? epoch : best));
}
