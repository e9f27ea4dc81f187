import { fail } from "../core/errors.ts";
import { gradients } from "../graph/gradients.ts";
import { add, affine, broadcastTo, concat, constant, input, mean, sumLast, toDense, unary } from "../graph/ops.ts";
import { lower, type Plan } from "../graph/plan.ts";
import { type OpAttrs, type Tensor, topologicalOrder } from "../graph/tensor.ts";
import { frozen } from "./frozen.ts";
import { initialValues } from "./initializers.ts";
import { columns } from "./inputs.ts";
import { type Mode, scoring } from "./layers.ts";
import { type LossName, labelLosses, pairLosses } from "./losses.ts";
import type { Catalog, Model, ModelOutputs, Task } from "./model.ts";
import { checkLearning, learnsIn, outputsIn, type Stage } from "./stages.ts";

/** The graph of the score itself, for summaries, diagrams and export. */
export function scoreGraph(model: Model, catalog: Catalog): { readonly score: Tensor } {
  return { score: model.build(catalog, scoring)(columns()).score };
}

/** user, item → `score`. */
export const scorePlan = (model: Model, catalog: Catalog): Plan => lower(scoreGraph(model, catalog));

/** What a trained model answers with: nothing is propagated any more. */
interface Answers {
  readonly score: Tensor;
  /** The score by history alone. */
  readonly history: Tensor | undefined;
  /** Declared vectors of items. */
  readonly vector: Tensor | undefined;
  readonly tables: Readonly<Record<string, Tensor>>;
}

function answers(model: Model, catalog: Catalog): Answers {
  const { score, history, vectors } = model.build(catalog, scoring)(columns());
  const { roots, tables } = frozen([score, ...(history ? [history] : []), ...(vectors ? [vectors.item] : [])]);
  return {
    score: roots[0] as Tensor,
    history: history && (roots[1] as Tensor),
    vector: vectors && (roots.at(-1) as Tensor),
    tables,
  };
}

export interface AnswerPlans {
  /** user, item → `score`, over finished tables. */
  readonly score: Plan;
  /** Without inputs: those tables, by the names of the parameters that they become. Undefined where there are none. */
  readonly tables: Plan | undefined;
}

/** The plans of a trained model: tables that training computes anew at every step are finished now. */
export function answerPlans(model: Model, catalog: Catalog): AnswerPlans {
  const { score, tables } = answers(model, catalog);
  return { score: lower({ score }), tables: Object.keys(tables).length > 0 ? lower(tables) : undefined };
}

export interface HistoryPlans {
  /** user, item → `score` of users known by their history alone. */
  readonly score: Plan;
  /** The tables with a row per user, which it does not read. */
  readonly userParameters: readonly string[];
}

/** How somebody is answered of whom nothing but a history is known; undefined where the score itself looks at it, or cannot. */
export function historyPlans(model: Model, catalog: Catalog): HistoryPlans | undefined {
  const { history } = answers(model, catalog);
  if (!history) return undefined;
  const shapes = (users: number) => {
    const some = { ...catalog, users };
    const order = topologicalOrder([...Object.values(scoreGraph(model, some)), answers(model, some).score]);
    return order.filter(({ op }) => op === "param").map((t) => [nameOf(t), t.shape.join()] as const);
  };
  const others = new Map(shapes(catalog.users + 1));
  const userParameters = shapes(catalog.users).filter(([name, shape]) => others.get(name) !== shape);
  return { score: lower({ score: history }), userParameters: userParameters.map(([name]) => name) };
}

export interface TrainingPlanOptions {
  /** Default: the model's own task. */
  readonly task?: Task;
  /** Default: the model's, or bce, bpr, mse by task. */
  readonly loss?: LossName;
  /** Whether the rows of the batch count by their weights (input `weight`). Default false. */
  readonly weighted?: boolean;
  /** One of the model's stages. Default: the last one. */
  readonly stage?: Stage | undefined;
}

/** user, item, label (or negative) → `loss`, `grad:NAME` per learning parameter, `assign:NAME` per running statistic. */
export function trainingPlan(model: Model, catalog: Catalog, options: TrainingPlanOptions = {}): Plan {
  const assigned: Record<string, Tensor> = {};
  const mode: Mode = {
    training: true,
    weighted: options.weighted ?? false,
    assign: (statistic, next) => {
      assigned[`assign:${(statistic.attrs as OpAttrs["param"]).name}`] = next;
    },
  };
  const stage = options.stage ?? model.stages?.at(-1);
  const loss = lossGraph(model, catalog, mode, { ...options, stage });
  const trainable = topologicalOrder([loss]).filter(isTrainable);
  if (stage) checkLearning(stage, trainable.map(nameOf));
  const learns = learnsIn(stage ?? {});
  const parameters = trainable.filter((t) => learns(nameOf(t)));
  const grads = [...gradients(loss, parameters)].map(
    ([parameter, grad]) => [`grad:${nameOf(parameter)}`, hasBag(grad) ? toDense(grad) : grad] as const,
  );
  return lower({ loss, ...Object.fromEntries(grads), ...assigned });
}

/** Whether the gradient goes through histories: they reach so many rows of a table that it changes as a whole. */
const hasBag = ({ op, inputs }: Tensor): boolean => op === "scatterBag" || (op === "sparseSum" && inputs.some(hasBag));

function lossGraph(model: Model, catalog: Catalog, mode: Mode, options: TrainingPlanOptions): Tensor {
  const { definition } = model;
  const task = options.task ?? definition.task;
  const build = model.build(catalog, mode);
  const given = columns();
  const outputs = (of: typeof given) => outputsIn(options.stage, model.stages ?? [], build(of));
  const { score, loss: ownLoss, penalty } = outputs(given);
  if (ownLoss) {
    checkOwnLoss(model, task, options, ownLoss);
    return penalized(ownLoss, penalty);
  }
  const weight = options.weighted ? input("weight", "f32") : undefined;
  const own = task === definition.task ? definition.loss : undefined;
  if (task === "pairwise") {
    const name = options.loss ?? own ?? "bpr";
    const loss = name === "bpr" || name === "hinge" ? pairLosses[name] : wrongLoss(name, task, pairLosses);
    const other = outputs({ ...given, item: input("negative", "i32") });
    return penalized(loss(score, other.score, weight), penalty, other.penalty);
  }
  if (task !== "rating" && task !== "pointwise")
    return fail("CONFIG_VALUE", {
      what: `"${definition.name}" is not trained by gradients`,
      fix: "Give it to fit() as it is, without a task.",
    });
  const name = options.loss ?? own ?? (task === "rating" ? "mse" : "bce");
  const loss = name === "bce" || name === "mse" ? labelLosses[name] : wrongLoss(name, task, labelLosses);
  return penalized(loss(score, given.label, weight), penalty);
}

/** The rows of a user that two scores look up count once. */
function penalized(loss: Tensor, ...given: readonly (ModelOutputs["penalty"] | undefined)[]): Tensor {
  const [penalty] = given;
  if (!penalty || penalty.weight === 0) return loss;
  const all = given.flatMap((each) => each?.rows ?? []);
  const isSame = (a: Tensor, b: Tensor) => a.op === b.op && a.inputs.every((operand, i) => operand === b.inputs[i]);
  const rows = all.filter((row, i) => all.findIndex((other) => isSame(row, other)) === i);
  const squares = rows.map((row) => mean(sumLast(unary("square", row)))).reduce((a, b) => add(a, b));
  return add(loss, affine(squares, penalty.weight / 2));
}

function checkOwnLoss(model: Model, task: Task, { loss, weighted }: TrainingPlanOptions, built: Tensor): void {
  const { name, task: own } = model.definition;
  if (weighted && !readsWeights(built, task)) {
    fail("CONFIG_VALUE", {
      what: `"${name}" has a loss of its own, which knows no weights`,
      expected: "weights=none",
      received: "weights=values",
      fix: "Leave weights out.",
    });
  }
  if (task === own && loss === undefined) return;
  fail("CONFIG_VALUE", {
    what: `"${name}" has a task and a loss of its own`,
    expected: `task ${own}, and no loss`,
    received: loss === undefined ? task : `loss ${loss}`,
    fix: "Leave task and loss out.",
  });
}

/** Whether a loss looks at what interactions count: events with values, histories with values, or the label, which is the value of an event in `positives`. */
function readsWeights(loss: Tensor, task: Task): boolean {
  const isRead = (op: string, name: string) => topologicalOrder([loss]).some((t) => t.op === op && nameOf(t) === name);
  const entries = topologicalOrder([loss]).some(({ op }) => op === "entryValues");
  return entries || isRead("data", "targets") || (task === "positives" && isRead("input", "label"));
}

/** Whether interactions can count by their values (`weights=values`) when the model learns. */
export function canWeigh(model: Model, catalog: Catalog, task: Task = model.definition.task): boolean {
  if (task === "solve") return model.definition.weighs === true;
  if (task === "none" || task === "rating") return false;
  const mode: Mode = { training: true, weighted: true, assign: () => undefined };
  const { loss } = outputsIn(model.stages?.at(-1), model.stages ?? [], model.build(catalog, mode)(columns()));
  return !loss || readsWeights(loss, task);
}

function wrongLoss(name: string, task: Task, valid: object): never {
  return fail("CONFIG_VALUE", {
    what: `The ${task} task has no loss "${name}"`,
    expected: Object.keys(valid).join(" or "),
    received: name,
  });
}

/** Whether a plan reads a data matrix. */
export const readsData = ({ instructions }: Plan, matrix: string): boolean =>
  instructions.some(({ op, attrs }) => op === "data" && (attrs as OpAttrs["data"]).name === matrix);

/** Whether a model has a training plan. */
export const learnsByGradient = ({ definition }: Model, task: Task = definition.task): boolean =>
  task !== "none" && task !== "solve";

/** Whether scores are logits of the probability that a pair is positive: learned by the binary cross-entropy of labels. */
export function givesLogits(
  model: Model,
  catalog: Catalog,
  options: Pick<TrainingPlanOptions, "task" | "loss"> = {},
): boolean {
  const { definition } = model;
  const task = options.task ?? definition.task;
  const loss = options.loss ?? (task === definition.task ? definition.loss : undefined) ?? "bce";
  return task === "pointwise" && loss === "bce" && !model.build(catalog, scoring)(columns()).loss;
}

const isTrainable = (t: Tensor): boolean => t.op === "param" && (t.attrs as OpAttrs["param"]).trainable;
const nameOf = (t: Tensor): string => (t.attrs as OpAttrs["param"]).name;

/** Look-ups of a graph by one of its id inputs, in execution order, by table: a table that is looked up twice has two. */
function lookups(root: Tensor, inputName: string): Map<string, Tensor[]> {
  const found = new Map<string, Tensor[]>();
  for (const t of topologicalOrder([root])) {
    const isLookup =
      t.op === "gather" && nameOf(t.inputs[1] as Tensor) === inputName && isTrainable(t.inputs[0] as Tensor);
    if (!isLookup) continue;
    const table = nameOf(t.inputs[0] as Tensor);
    found.set(table, [...(found.get(table) ?? []), t]);
  }
  return found;
}

/** Names of the tables that hold a row per user (or per item). */
export function tablesBy(model: Model, catalog: Catalog, side: "user" | "item"): string[] {
  return [...lookups(answers(model, catalog).score, side).keys()];
}

export interface FoldInPlans {
  /** user, item → `score`, of a catalog with one user. */
  readonly score: Plan;
  readonly userParameters: readonly string[];
}

/** What a user who was not there in training needs: a fresh row of these tables. Undefined without user rows, and for models with a score by history. */
export function foldInPlans(
  model: Model,
  catalog: Catalog,
  options: Pick<TrainingPlanOptions, "task"> = {},
): FoldInPlans | undefined {
  if (answers(model, catalog).history) return undefined; // the model says by itself what a newcomer is
  const userParameters = tablesBy(model, catalog, "user");
  const task = options.task ?? model.definition.task;
  // A user's row is fitted to a loss of labels or pairs.
  if (userParameters.length === 0 || !(task === "pointwise" || task === "pairwise" || task === "rating"))
    return undefined;
  return { score: lower({ score: answers(model, { ...catalog, users: 1 }).score }), userParameters };
}

/**
 * user, item → `score` and `gradient` `[batch, width]`: the score's slope along the user's own rows, table by table. As a score
 * it knows no dropout, and the statistics of batch normalization are those that training left.
 */
export function influencePlan(model: Model, catalog: Catalog): Plan | undefined {
  const { score } = answers(model, catalog);
  const tables = [...lookups(score, "user").values()];
  const slopes = gradients(score, tables.flat(), broadcastTo(constant(1), score.shape));
  const [first, ...rest] = tables.map((rows) => rows.map((t) => slopes.get(t) as Tensor).reduce((a, b) => add(a, b)));
  return first && lower({ score, gradient: concat(first, ...rest) });
}

/**
 * item → `vector` `[batch, width]`: what the model declares, else the rows of every item table side by side, but for biases, which say how much an item is
 * liked and not what it is like. Undefined where nothing is left.
 */
export function itemVectorPlan(model: Model, catalog: Catalog): Plan | undefined {
  const { score, vector } = answers(model, catalog);
  if (vector) return lower({ vector });
  const order = topologicalOrder([score]);
  // A bias is a number per id: a row of width 1 that nothing reads but as a number per row of the batch.
  const isBias = (t: Tensor) =>
    t.shape.at(-1) === 1 && order.every((reader) => !reader.inputs.includes(t) || isSqueezed(reader));
  const rows = [...lookups(score, "item").values()].map(([row]) => row as Tensor);
  const [first, ...rest] = rows.filter((row) => !isBias(row));
  return first && lower({ vector: concat(first, ...rest) });
}

const isSqueezed = ({ op, shape }: Tensor): boolean => op === "reshape" && shape.length === 1;

/** First values of every parameter of the plan. */
export function initialParameters(plan: Plan, catalog: Catalog, seed: number): Record<string, Float32Array> {
  return initialValues(plan, { meanValue: [catalog.meanValue], itemCounts: catalog.itemCounts }, seed);
}
