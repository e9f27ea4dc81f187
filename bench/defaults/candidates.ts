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
  "biased-mf": [{ learningRate: 0.001 }, { learningRate: 0.004 }, { l2: 0.001 }, { l2: 0.01 }],
};

export const candidatesOf = (model: string): readonly Settings[] => own[model] ?? shared;
