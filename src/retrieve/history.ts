/**
 * Answers of models to which a newcomer is a history like any other, and a known user's fresh events are a longer one: those
 * that look at the history itself, and those whose rows are solved for. Nothing is trained.
 */
import { type Artifact, dataOf, type NewcomerRow } from "../artifact/types.ts";
import { type Csr, type DataMatrices, stack } from "../core/csr.ts";
import type { Engine, ScoreSpec } from "../engine/contract.ts";
import type { Plan } from "../graph/plan.ts";
import type { KnownItems } from "./fold-in.ts";
import { describing } from "./known-features.ts";
import { alone, type Run, type Subject } from "./subject.ts";
import { isHistory, userTables, withUsers } from "./tables.ts";

/** Whether a score looks at the history of the user. */
const readsHistory = (plan: Plan): boolean => plan.instructions.some(isHistory);

/** Whether the run can answer for any history at once. */
export const answersHistories = ({ plans }: Pick<Artifact, "plans">): boolean =>
  plans.history !== undefined || plans.newcomer !== undefined || readsHistory(plans.score);

export async function byHistory(run: Run, past: KnownItems, features?: Csr, context?: Csr): Promise<Subject> {
  const method = run.artifact.plans.newcomer ? "fold-in" : "history";
  const spec = await scorerSpec(run, [past], { features, context });
  return { method, past, features, context, ...alone(run.engine, spec) };
}

/** What scores for users who have done just this, one row each, and of whom, and of whose event, this is known. */
async function scorerSpec(
  { artifact, engine }: Run,
  histories: readonly KnownItems[],
  { features, context }: Pick<Subject, "features" | "context">,
): Promise<ScoreSpec> {
  const { plans, items } = artifact;
  const sizes = { users: histories.length, items: items.length, threads: 1 };
  const matrix = stack(histories.map((past) => past.items));
  const weighed = artifact.metadata.training["weights"] === "values";
  const values = Float32Array.from(histories.flatMap((past) => [...past.values]));
  const sequence = stack(histories.map((past) => past.sequence ?? past.items));
  const known: DataMatrices = { ...dataOf(artifact), history: matrix, rated: { ...matrix, values }, sequence };
  const data = describing(known, features, histories.length, context);
  const plan = withUsers((plans.history ?? plans).score, userTables(plans), histories.length);
  if (!plans.newcomer) return { plan, parameters: artifact.parameters, data, ...sizes };
  const { users } = plans.newcomer;
  const parameters = {
    ...artifact.parameters,
    [users]: await solvedRows(artifact, plans.newcomer, engine, weighed ? { ...matrix, values } : matrix),
  };
  return { plan, parameters, data, ...sizes };
}

function solvedRows(artifact: Artifact, row: NewcomerRow, engine: Engine, matrix: Csr): Promise<Float32Array> {
  const { items: table, unobserved, offset, l2, exponent } = row;
  const columns = artifact.items.length;
  const fixed = artifact.parameters[table] as Float32Array;
  const width = fixed.length / columns;
  const rows = matrix.offsets.length - 1;
  const events = (user: number) => (matrix.offsets[user + 1] as number) - (matrix.offsets[user] as number);
  const weights = Float32Array.from(
    { length: rows },
    (_, user) => l2 * (events(user) + unobserved * columns) ** exponent,
  );
  const factors = new Float32Array(rows * width);
  const problem = { fixed, factors, width, unobserved, offset, l2: weights, steps: 0 };
  return engine.solver.leastSquares({ matrix: { ...matrix, columns }, ...problem }, { threads: 1 });
}

/**
 * What each past item adds to the scores of the items: how much lower they are without it. `[item][past item]`, exact, whatever
 * the model.
 */
export async function leftOut(
  { artifact, engine }: Run,
  { past, ...known }: Pick<Subject, "past" | "features" | "context">,
  items: Int32Array,
): Promise<Float64Array[]> {
  const without = Array.from(past.items, (item) => withoutItem(past, item));
  using scorer = await engine.scorer(await scorerSpec({ artifact, engine }, [past, ...without], known));
  const users = Int32Array.from({ length: (past.items.length + 1) * items.length }, (_, i) =>
    Math.floor(i / items.length),
  );
  const scores = await scorer.score(
    users,
    users.map((_, i) => items[i % items.length] as number),
  );
  return Array.from(items, (_, i) =>
    Float64Array.from(past.items, (_, j) => (scores[i] as number) - (scores[(j + 1) * items.length + i] as number)),
  );
}

function withoutItem({ items, values, sequence }: KnownItems, item: number): KnownItems {
  const others = (list: Int32Array) => list.filter((other) => other !== item);
  return {
    items: others(items),
    values: values.filter((_, at) => items[at] !== item),
    sequence: sequence && others(sequence),
  };
}
