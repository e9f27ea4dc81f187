import type { Trained } from "./measure.ts";

type Settings = Trained["settings"];

/** Settings around the defaults of every model: one difference each. Not a search, but where the defaults would show a slope. */
const shared: readonly Settings[] = [{ learningRate: 0.001 }, { learningRate: 0.004 }, { l2: 1e-6 }, { l2: 3e-5 }];

const own: Readonly<Record<string, readonly Settings[]>> = {
  popularity: [],
  "bpr-mf": [...shared, { negatives: 4 }, { factors: 64 }, { negativeSampling: "popularity", negativeExponent: 0.5 }],
  gmf: [...shared, { factors: 32 }],
  mlp: [...shared],
  neumf: [...shared],
  ease: [{ l2: 100 }, { l2: 200 }, { l2: 1000 }, { l2: 2000 }],
  ials: [
    ...[{ l2: 0.001 }, { l2: 0.01 }, { unobserved: 0.03 }, { unobserved: 0.3 }, { factors: 32 }, { factors: 128 }],
    { exponent: 0.5 },
  ],
  "item-knn": [
    ...[{ neighbours: 30 }, { neighbours: 300 }, { shrinkage: 10 }, { shrinkage: 100 }],
    ...[{ similarity: "tf-idf" }, { similarity: "bm25" }],
  ],
  rp3beta: [{ beta: 0.4 }, { beta: 0.8 }, { alpha: 0.8 }, { neighbours: 100 }, { neighbours: 500 }],
  slim: [{ l1: 0.3 }, { l1: 3 }, { l2: 30 }, { l2: 300 }],
  "pure-svd": [{ factors: 25 }, { factors: 100 }, { factors: 200 }],
  "biased-mf": [{ learningRate: 0.001 }, { learningRate: 0.004 }, { l2: 0.001 }, { l2: 0.01 }],
};

export const candidatesOf = (model: string): readonly Settings[] => own[model] ?? shared;
