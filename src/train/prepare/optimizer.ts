import type { OptimizerSpec } from "../../engine/contract.ts";
import type { OptimizerName } from "../../nn/model.ts";
import { ruleDefaults } from "../../nn/optimizer.ts";
import type { TrainingSettings } from "../settings/settings.ts";

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
      const { epsilon = ruleDefaults.adagrad.epsilon, initialAccumulator } = settings;
      return { kind: "adagrad", epsilon, initialAccumulator, ...shared };
    }
    case "ftrl":
      return { kind: "ftrl", beta: settings.beta, l1: settings.l1, ...shared };
    case "adam":
    case "adamw": {
      const { beta1, beta2, epsilon = ruleDefaults.adam.epsilon, lazy } = settings;
      return { kind: "adam", beta1, beta2, epsilon, lazy, ...shared };
    }
  }
}

/** Numbers that a rule remembers for every learned weight. */
export const slotsPerWeight: Readonly<Record<OptimizerName, number>> = {
  sgd: 0,
  momentum: 1,
  adagrad: 1,
  adam: 2,
  adamw: 2,
  ftrl: 2,
};
