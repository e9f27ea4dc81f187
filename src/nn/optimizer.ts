import type { OwnRule, UpdateRule } from "../graph/tensor.ts";

type RuleOf<K extends UpdateRule["kind"]> = Extract<UpdateRule, { readonly kind: K }>;

/** The numbers of each update rule where nothing else is said. */
export const ruleDefaults: { readonly [K in UpdateRule["kind"]]: RuleOf<K> } = {
  sgd: { kind: "sgd" },
  momentum: { kind: "momentum", momentum: 0.9, nesterov: false },
  adagrad: { kind: "adagrad", epsilon: 1e-10, initialAccumulator: 0 },
  adam: { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, lazy: true },
  ftrl: { kind: "ftrl", beta: 1, l1: 0 },
};

type Some<K extends UpdateRule["kind"]> = { readonly kind: K } & Partial<Omit<RuleOf<K>, "kind">>;

/**
 * How a parameter learns where it is not as the training says: a rule by name, or with its numbers. `rate`: times the training's
 * learning rate, so that its schedule holds for all. Default 1. `weightDecay`: decoupled, as in AdamW; not with `ftrl`. Default 0.
 */
export type OptimizerChoice =
  | UpdateRule["kind"]
  | ({ [K in UpdateRule["kind"]]: Some<K> }[UpdateRule["kind"]] & {
      readonly rate?: number;
      readonly weightDecay?: number;
    });

/** The rule of a choice, with every number. */
export function ownRule(choice: OptimizerChoice): OwnRule {
  const given = typeof choice === "string" ? { kind: choice } : choice;
  // the numbers of a kind over those of the same kind
  return { ...ruleDefaults[given.kind], rate: 1, weightDecay: 0, ...given } as OwnRule;
}
