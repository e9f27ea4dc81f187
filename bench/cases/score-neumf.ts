import type { Benchmark } from "../context.ts";
import { neuMf } from "../penchant.ts";
import { K, scoringCase } from "./scoring.ts";

const scoresOnly = "PyTorch, scores alone";

/** Every item for every user through the whole network. */
export const scoreNeuMfBenchmark = (factors: number, target: number): Benchmark => ({
  name: `score-neumf-${factors}`,
  title: `Top ${K} of all items for all users by NeuMF-${factors}, seen items removed`,
  cases: [
    scoringCase({
      id: `score-neumf-${factors}`,
      title: `Top ${K}, NeuMF-${factors}`,
      unit: "pairs/s",
      target,
      model: neuMf({ factors }),
      spread: 30,
      beside: [scoresOnly],
      notes: [`"${scoresOnly}" leaves out removing seen items and choosing the ${K} best; it does not count`],
      peers: ({ data, folder, threads }) => {
        const options = { folder: folder.path, users: data.users, items: data.items, factors, threads, k: K };
        return [
          { name: "PyTorch, large batches", module: "torch_scores", options: { ...options, select: true } },
          { name: scoresOnly, module: "torch_scores", options: { ...options, select: false } },
        ];
      },
    }),
  ],
});
