/**
 * Popularity: the baseline that every model must beat. The score of an item is its number of training interactions,
 * whoever asks.
 */
import { gather, param, squeezeLast, withScope } from "../graph/ops.ts";
import { defineModel } from "../nn/model.ts";

/** No options: any is a mistake, which the compiler says too. */
export const popularity = defineModel<Record<string, never>>({
  name: "popularity",
  title: "Most popular",
  paper: "baseline",
  task: "none",
  defaults: {},
  options: {},
  training: {},
  build({ items }) {
    const counts = withScope("popularity", () =>
      param("popularity", [items, 1], { kind: "data", name: "itemCounts" }, false),
    );
    return ({ item }) => withScope("popularity", () => squeezeLast(gather(counts, item)));
  },
});
