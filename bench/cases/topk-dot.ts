import type { Benchmark } from "../context.ts";
import { bprMf } from "../penchant.ts";
import { K, scoringCase } from "./scoring.ts";

const FACTORS = 64;

export const topKDotBenchmark: Benchmark = {
  name: "topk-dot-64",
  title: `Top ${K} of all items for all users by an inner product of 64 factors, seen items removed`,
  cases: [
    scoringCase({
      id: "topk-dot-64",
      title: `Top ${K}, inner product, ${FACTORS} factors`,
      unit: "users/s",
      target: 6,
      model: bprMf({ factors: FACTORS }),
      spread: 10,
      notes: ["ours also gathers and adds an item bias (zero here), which implicit has no place for"],
      peers: ({ data, folder, threads }) => [
        {
          name: "implicit recommend",
          module: "implicit_topk",
          options: {
            folder: folder.path,
            users: data.users,
            items: data.items,
            factors: FACTORS,
            threads,
            k: K,
            user_factors: "factors/user",
            item_factors: "factors/item",
          },
        },
      ],
    }),
  ],
};
