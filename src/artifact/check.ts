import { fail } from "../core/errors.ts";
import { matrixShapes, type Plan } from "../graph/plan.ts";
import { verify } from "../graph/verify.ts";
import { parameterShapes } from "./tensors.ts";
import { type Artifact, dataOf, type History, type RunMetadata } from "./types.ts";

/** Whether every plan is well formed. Throws ARTIFACT_CORRUPT. */
export function checkPlans({ score, foldIn, history, influence, itemVectors, itemTables }: Artifact["plans"]): void {
  const plans: Record<string, Plan | undefined> = { score, influence, itemVectors, itemTables };
  if (foldIn) Object.assign(plans, { "foldIn.score": foldIn.score });
  if (history) Object.assign(plans, { "history.score": history.score });
  for (const [name, plan] of Object.entries(plans)) {
    if (plan === undefined && name !== "score") continue;
    try {
      verify(plan);
    } catch (cause) {
      fail("ARTIFACT_CORRUPT", { what: `The plan "${name}" of the run is not well formed`, cause });
    }
  }
}

/** Whether the row of a newcomer can be solved for. Throws ARTIFACT_CORRUPT. */
export function checkNewcomer({ plans: { newcomer }, parameters }: Pick<Artifact, "plans" | "parameters">): void {
  if (newcomer === undefined) return;
  const { users, items, unobserved, offset, l2, exponent } = Object(newcomer) as Record<string, unknown>;
  const named = [users, items].every((name) => typeof name === "string" && Object.hasOwn(parameters, name));
  const numbers = [unobserved, offset, l2, exponent].every((value) => Number.isFinite(value) && (value as number) >= 0);
  if (!named || !numbers) fail("ARTIFACT_CORRUPT", { what: "How the run meets newcomers is damaged in plans.json" });
}

/** Whether the parameters are those that the plans need. Throws ARTIFACT_SHAPE. */
export function checkParameters(plans: Artifact["plans"], stored: ReadonlyMap<string, readonly number[]>): void {
  for (const [name, shape] of parameterShapes([
    plans.score,
    plans.history?.score,
    plans.influence,
    plans.itemVectors,
    plans.itemTables,
  ])) {
    checkShape(name, shape, stored.get(name));
  }
  const { foldIn } = plans;
  for (const [name, shape] of parameterShapes([foldIn?.score])) {
    const own = stored.get(name);
    checkShape(name, shape, foldIn?.userParameters.includes(name) && own ? [1, ...own.slice(1)] : own);
  }
}

function checkShape(name: string, expected: readonly number[], received: readonly number[] | undefined): void {
  if (received?.join() === expected.join()) return;
  fail("ARTIFACT_SHAPE", {
    what: `The weights "${name}" do not fit the model`,
    expected: `shape [${expected.join(", ")}]`,
    received: received ? `[${received.join(", ")}]` : "nothing",
    details: { name },
  });
}

/** Whether ids, history and popularity have the sizes that the run's data set had. Throws ARTIFACT_SHAPE, ARTIFACT_CORRUPT. */
export function checkSizes({
  metadata: { dataset },
  users,
  items,
  history,
  unlearned,
  kinds = {},
  popularity,
  lastTimes,
}: Omit<Artifact, "plans">): void {
  const sizes: Size[] = [
    ["users", dataset.users, users.length],
    ["items", dataset.items, items.length],
    ["numbers of the popularity", dataset.items, popularity.length],
    ...(lastTimes ? [["users' last times", dataset.users, lastTimes.length] satisfies Size] : []),
    ...sizesOf("the history", history, dataset.users),
    ...(unlearned ? sizesOf("what was not learned from", unlearned, dataset.users) : []),
    ...Object.entries(kinds).flatMap(([name, pairs]) => sizesOf(`events of the kind "${name}"`, pairs, dataset.users)),
  ];
  for (const [what, expected, received] of sizes) {
    if (expected === received) continue;
    fail("ARTIFACT_SHAPE", {
      what: `The number of ${what} is wrong`,
      expected: `${expected}`,
      received: `${received}`,
    });
  }
  checkHistory(history, dataset);
  for (const pairs of [...(unlearned ? [unlearned] : []), ...Object.values(kinds)]) checkHistory(pairs, dataset);
}

/** Whether the data matrices that the scores read are there, whole, and of its shapes. Throws ARTIFACT_SHAPE, ARTIFACT_CORRUPT. */
export function checkMatrices(artifact: Pick<Artifact, "plans" | "history" | "matrices">): void {
  const stored = dataOf(artifact);
  const { score, history } = artifact.plans;
  for (const { name, rows, columns } of [score, history?.score].flatMap((plan) => (plan ? matrixShapes(plan) : []))) {
    const matrix = stored[name];
    if (matrix?.offsets.length !== rows + 1) {
      fail("ARTIFACT_SHAPE", {
        what: `The data matrix "${name}" does not fit the model`,
        expected: `${rows} rows`,
        received: matrix ? `${matrix.offsets.length - 1}` : "nothing",
        details: { name },
      });
    }
    checkRows(matrix, columns);
  }
}

type Size = readonly [what: string, expected: number, received: number];

const sizesOf = (name: string, { offsets, items, values }: History, users: number): Size[] => [
  [`rows of ${name}`, users, offsets.length - 1],
  [`values of ${name}`, items.length, values?.length ?? items.length],
];

const checkHistory = (history: History, dataset: RunMetadata["dataset"]): void => checkRows(history, dataset.items);

function checkRows({ offsets, items, values }: History, columns: number): void {
  const ordered = offsets.every((offset, row) => row === 0 || offset >= (offsets[row - 1] as number));
  const whole =
    offsets[0] === 0 && offsets.at(-1) === items.length && (values?.length ?? items.length) === items.length;
  const inRange = items.every((item) => item >= 0 && item < columns);
  if (!ordered || !whole || !inRange) fail("ARTIFACT_CORRUPT", { what: "The history of the run is damaged" });
}
