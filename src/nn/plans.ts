import { fail } from "../core/errors.ts";
import { gradients } from "../graph/gradients.ts";
import { broadcastTo, concat, constant, input } from "../graph/ops.ts";
import { lower, type Plan } from "../graph/plan.ts";
import { type OpAttrs, type Tensor, topologicalOrder } from "../graph/tensor.ts";
import { initialValues } from "./initializers.ts";
import type { Mode } from "./layers.ts";
import { type LossName, labelLosses, pairLosses } from "./losses.ts";
import type { Catalog, Model, Task } from "./model.ts";

const scoring: Mode = { training: false, assign: () => {} };

const ids = () => ({ user: input("user", "i32"), item: input("item", "i32") });

/** The graph of the score itself, for summaries, diagrams and export. */
export function scoreGraph(model: Model, catalog: Catalog): { readonly score: Tensor } {
  return { score: model.build(catalog, scoring)(ids()) };
}

/** user, item → `score`. */
export const scorePlan = (model: Model, catalog: Catalog): Plan => lower(scoreGraph(model, catalog));

export interface TrainingPlanOptions {
  /** Default: the model's own task. */
  readonly task?: Task;
  /** Default: the model's, or bce, bpr, mse by task. */
  readonly loss?: LossName;
  /** Which parameters learn. Default: all trainable ones. */
  readonly trains?: (parameter: string) => boolean;
}

/** user, item, label (or negative) → `loss`, `grad:NAME` per learning parameter, `assign:NAME` per running statistic. */
export function trainingPlan(model: Model, catalog: Catalog, options: TrainingPlanOptions = {}): Plan {
  const assigned: Record<string, Tensor> = {};
  const mode: Mode = {
    training: true,
    assign: (statistic, next) => {
      assigned[`assign:${(statistic.attrs as OpAttrs["param"]).name}`] = next;
    },
  };
  const loss = lossGraph(model, catalog, mode, options);
  const parameters = topologicalOrder([loss]).filter((t) => isTrainable(t) && (options.trains?.(nameOf(t)) ?? true));
  const grads = [...gradients(loss, parameters)].map(
    ([parameter, grad]) => [`grad:${nameOf(parameter)}`, grad] as const,
  );
  return lower({ loss, ...Object.fromEntries(grads), ...assigned });
}

function lossGraph(model: Model, catalog: Catalog, mode: Mode, options: TrainingPlanOptions): Tensor {
  const { definition } = model;
  const task = options.task ?? definition.task;
  const score = model.build(catalog, mode);
  const pair = ids();
  const own = task === definition.task ? definition.loss : undefined;
  if (task === "pairwise") {
    const name = options.loss ?? own ?? "bpr";
    const loss = name === "bpr" || name === "hinge" ? pairLosses[name] : wrongLoss(name, task, pairLosses);
    return loss(score(pair), score({ user: pair.user, item: input("negative", "i32") }));
  }
  if (task === "none")
    return fail("CONFIG_VALUE", {
      what: `"${definition.name}" has nothing to train`,
      fix: "Use it as a baseline, as it is.",
    });
  const name = options.loss ?? own ?? (task === "rating" ? "mse" : "bce");
  const loss = name === "bce" || name === "mse" ? labelLosses[name] : wrongLoss(name, task, labelLosses);
  return loss(score(pair), input("label", "f32"));
}

function wrongLoss(name: string, task: Task, valid: object): never {
  return fail("CONFIG_VALUE", {
    what: `The ${task} task has no loss "${name}"`,
    expected: Object.keys(valid).join(" or "),
    received: name,
  });
}

const isTrainable = (t: Tensor): boolean => t.op === "param" && (t.attrs as OpAttrs["param"]).trainable;
const nameOf = (t: Tensor): string => (t.attrs as OpAttrs["param"]).name;

/** Gathers of a graph by one of its id inputs, in execution order. */
function gathersBy(root: Tensor, inputName: string): Tensor[] {
  return topologicalOrder([root]).filter(
    (t) => t.op === "gather" && nameOf(t.inputs[1] as Tensor) === inputName && isTrainable(t.inputs[0] as Tensor),
  );
}

/** Names of the tables that hold a row per user (or per item). */
export function tablesBy(model: Model, catalog: Catalog, side: "user" | "item"): string[] {
  return [...new Set(gathersBy(scoreGraph(model, catalog).score, side).map((t) => nameOf(t.inputs[0] as Tensor)))];
}

export interface FoldInPlans {
  /** Training plan of a catalog with one user, whose rows alone learn. */
  readonly train: Plan;
  readonly score: Plan;
  readonly userParameters: readonly string[];
}

/** Plans for a user who was not there in training: a fresh user row, everything else frozen. Undefined without user rows. */
export function foldInPlans(
  model: Model,
  catalog: Catalog,
  options: Pick<TrainingPlanOptions, "task" | "loss"> = {},
): FoldInPlans | undefined {
  const userParameters = tablesBy(model, catalog, "user");
  if (userParameters.length === 0 || (options.task ?? model.definition.task) === "none") return undefined;
  const alone = { ...catalog, users: 1 };
  const train = trainingPlan(model, alone, { ...options, trains: (name) => userParameters.includes(name) });
  return { train: withoutAssigns(train), score: scorePlan(model, alone), userParameters };
}

const withoutAssigns = (plan: Plan): Plan => ({
  ...plan,
  outputs: Object.fromEntries(Object.entries(plan.outputs).filter(([name]) => !name.startsWith("assign:"))),
});

/** user, item → `score` and `gradient` `[batch, width]`: the score's slope along the user's own rows. */
export function influencePlan(model: Model, catalog: Catalog): Plan | undefined {
  const { score } = scoreGraph(model, catalog);
  const [first, ...rest] = gathersBy(score, "user");
  if (!first) return undefined;
  const slopes = gradients(score, [first, ...rest], broadcastTo(constant(1), score.shape));
  const slope = (t: Tensor) => slopes.get(t) as Tensor;
  return lower({ score, gradient: concat(slope(first), ...rest.map(slope)) });
}

/** item → `vector` `[batch, width]`: the rows of every item table side by side. */
export function itemVectorPlan(model: Model, catalog: Catalog): Plan | undefined {
  const [first, ...rest] = gathersBy(scoreGraph(model, catalog).score, "item");
  return first && lower({ vector: concat(first, ...rest) });
}

/** First values of every parameter of the plan. */
export function initialParameters(plan: Plan, catalog: Catalog, seed: number): Record<string, Float32Array> {
  return initialValues(plan, { meanValue: [catalog.meanValue], itemCounts: catalog.itemCounts }, seed);
}
