import { catalogOf, type DataSet } from "../data/dataset.ts";
import type { FeedSpec } from "../penchant.ts";

/**
 * Negatives in proportion to an item's interactions, as implicit draws them: Vose's alias table (IEEE TSE 1991). Cell i
 * keeps itself when a u32 is below its threshold and otherwise gives its alias.
 */
export function popularityOf(data: DataSet): FeedSpec["distribution"] {
  const { itemCounts, items } = catalogOf(data);
  const total = itemCounts.reduce((a, b) => a + b, 0);
  const share = Array.from(itemCounts, (count) => (count * items) / total);
  const thresholds = new Uint32Array(items).fill(2 ** 32 - 1);
  const aliases = Int32Array.from({ length: items }, (_, i) => i);
  const small = [...aliases.filter((i) => (share[i] ?? 0) < 1)];
  const large = [...aliases.filter((i) => (share[i] ?? 0) >= 1)];
  for (let less = small.pop(), more = large.pop(); less !== undefined && more !== undefined; ) {
    thresholds[less] = Math.floor((share[less] ?? 0) * 2 ** 32);
    aliases[less] = more;
    share[more] = (share[more] ?? 0) + (share[less] ?? 0) - 1;
    less = (share[more] ?? 0) < 1 ? more : small.pop();
    if (less === more) more = large.pop();
  }
  return { kind: "alias", thresholds, aliases };
}
