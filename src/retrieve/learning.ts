import type { RunMetadata } from "../artifact/types.ts";

export type LossName = "bce" | "mse" | "bpr" | "hinge";

/** How the run learned, as far as answering needs it. */
export interface Learning {
  /** What rows a step sees. */
  readonly kind: "pairs" | "triples" | "ratings";
  readonly loss: LossName;
  /** Per positive. */
  readonly negatives: number;
  readonly l2: number;
}

const byTask = {
  pointwise: { kind: "pairs", loss: "bce" },
  pairwise: { kind: "triples", loss: "bpr" },
  rating: { kind: "ratings", loss: "mse" },
} as const;

/** Undefined where nothing was learned: baselines. */
export function learningOf({ model: { task }, training }: RunMetadata): Learning | undefined {
  if (task === "none") return undefined;
  const { kind, loss } = byTask[task];
  const { loss: named, negatives, l2 } = training;
  return {
    kind,
    loss: isLoss(named) ? named : loss,
    negatives: typeof negatives === "number" && negatives >= 1 ? negatives : 4,
    l2: typeof l2 === "number" ? l2 : 0,
  };
}

const isLoss = (name: unknown): name is LossName =>
  name === "bce" || name === "mse" || name === "bpr" || name === "hinge";
