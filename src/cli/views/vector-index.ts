import { grouped } from "../format.ts";
import type { MeasuredIndex } from "../indexing.ts";

export function formatIndex(index: MeasuredIndex, done: "made" | "checked"): string {
  const { run, items, width, cells, effort, users, k, recall, ndcgLoss, bound, ms } = index;
  const share = ((100 * Math.min(effort, items)) / items).toFixed(1);
  return [
    `The index of ${run} was ${done}: ${grouped(items)} items, ${width} wide, in ${grouped(cells)} cells; a search looks at ${grouped(effort)} (${share} %).`,
    `recall@${k} ${recall.toFixed(4)} (at least ${bound}) · NDCG@10 ${(-ndcgLoss).toFixed(4)} against exact · ${users} users`,
    `${ms.index.toFixed(3)} ms a search, exact ${ms.exact.toFixed(3)} ms (one thread)`,
    ...(done === "made"
      ? [`\nNext: {"from": "${run}", "n": 500, "index": true} among the candidates of a pipeline`]
      : []),
  ].join("\n");
}
