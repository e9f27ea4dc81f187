import type { RunMetadata } from "../artifact/types.ts";

export type LossName = "bce" | "mse" | "bpr" | "hinge";

/** How the run learned, as far as answering needs it. */
export interface Learning {
  /** What rows a step sees. */
  readonly kind: "pairs" | "triples" | "ratings";
  readonly loss: LossName;
  /** Per positive. */
  readonly negatives: number;
  /** Power of an item's training interactions that negatives are drawn by; undefined where all are drawn alike. */
  readonly negativeExponent: number | undefined;
}

const byTask = {
  pointwise: { kind: "pairs", loss: "bce" },
  pairwise: { kind: "triples", loss: "bpr" },
  rating: { kind: "ratings", loss: "mse" },
} as const;

/** Undefined where no row can be fitted: baselines, what was solved for, and losses of a model's own. */
export function learningOf({ model: { task }, training }: RunMetadata): Learning | undefined {
  if (!Object.hasOwn(byTask, task)) return undefined;
  const { kind, loss } = byTask[task as keyof typeof byTask];
  const { loss: named, negatives, negativeSampling, negativeExponent } = training;
  const exponent = typeof negativeExponent === "number" ? negativeExponent : 0.75;
  return {
    kind,
    loss: isLoss(named) ? named : loss,
    negatives: typeof negatives === "number" && negatives >= 1 ? negatives : 4,
    negativeExponent: negativeSampling === "popularity" ? exponent : undefined,
  };
}

/** Whether answers depend on who asks: not those of baselines, which nothing trained. */
export const isPersonal = ({ model: { task } }: RunMetadata): boolean => task !== "none";

const isLoss = (name: unknown): name is LossName =>
  name === "bce" || name === "mse" || name === "bpr" || name === "hinge";
