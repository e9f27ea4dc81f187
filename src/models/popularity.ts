/**
 * Popularity: the baseline that every model must beat. The score of an item is its number of training interactions,
 * whoever asks.
 */
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
  build({ items }, _, nn) {
    const counts = nn.param("popularity", [items.size, 1], { kind: "data", name: "itemCounts" });
    return nn.scope("popularity", () => nn.squeezeLast(nn.gather(counts, items.id)));
  },
});
