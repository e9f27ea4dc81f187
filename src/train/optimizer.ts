import type { OptimizerSpec } from "../engine/contract.ts";
import type { TrainingSettings } from "./settings.ts";

/** What an engine is told of the update rule, with the defaults that depend on the rule filled in. */
export function optimizerSpec(settings: TrainingSettings): OptimizerSpec {
  const { optimizer, l2, clipNorm } = settings;
  const shared = { l2, clipNorm, weightDecay: settings.weightDecay ?? (optimizer === "adamw" ? 0.01 : 0) };
  switch (optimizer) {
    case "sgd":
      return { kind: "sgd", ...shared };
    case "momentum":
      return { kind: "momentum", momentum: settings.momentum, nesterov: settings.nesterov, ...shared };
    case "adagrad": {
      const { epsilon = 1e-10, initialAccumulator } = settings;
      return { kind: "adagrad", epsilon, initialAccumulator, ...shared };
    }
    case "adam":
    case "adamw": {
      const { beta1, beta2, epsilon = 1e-8, lazy } = settings;
      return { kind: "adam", beta1, beta2, epsilon, lazy, ...shared };
    }
  }
}

/** Numbers that the rule remembers for every learned weight. */
export const slotsPerWeight: Readonly<Record<TrainingSettings["optimizer"], number>> = {
  sgd: 0,
  momentum: 1,
  adagrad: 1,
  adam: 2,
  adamw: 2,
};
