import { fail } from "../core/errors.ts";
import type { Plan } from "../graph/plan.ts";
import { verify } from "../graph/verify.ts";
import { parameterShapes } from "./tensors.ts";
import type { Artifact, History, RunMetadata } from "./types.ts";

/** Whether every plan is well formed. Throws ARTIFACT_CORRUPT. */
export function checkPlans({ score, foldIn, influence, itemVectors }: Artifact["plans"]): void {
  const plans: Record<string, Plan | undefined> = { score, influence, itemVectors };
  if (foldIn) Object.assign(plans, { "foldIn.score": foldIn.score });
  for (const [name, plan] of Object.entries(plans)) {
    if (plan === undefined && name !== "score") continue;
    try {
      verify(plan);
    } catch (cause) {
      fail("ARTIFACT_CORRUPT", { what: `The plan "${name}" of the run is not well formed`, cause });
    }
  }
}

/** Whether the parameters are those that the plans need. Throws ARTIFACT_SHAPE. */
export function checkParameters(plans: Artifact["plans"], stored: ReadonlyMap<string, readonly number[]>): void {
  for (const [name, shape] of parameterShapes([plans.score, plans.influence, plans.itemVectors])) {
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
  popularity,
}: Omit<Artifact, "plans">): void {
  const sizes: Size[] = [
    ["users", dataset.users, users.length],
    ["items", dataset.items, items.length],
    ["numbers of the popularity", dataset.items, popularity.length],
    ...sizesOf("the history", history, dataset.users),
    ...(unlearned ? sizesOf("what was not learned from", unlearned, dataset.users) : []),
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
  if (unlearned) checkHistory(unlearned, dataset);
}

type Size = readonly [what: string, expected: number, received: number];

const sizesOf = (name: string, { offsets, items, values }: History, users: number): Size[] => [
  [`rows of ${name}`, users, offsets.length - 1],
  [`values of ${name}`, items.length, values?.length ?? items.length],
];

function checkHistory({ offsets, items }: History, dataset: RunMetadata["dataset"]): void {
  const ordered = offsets.every((offset, row) => row === 0 || offset >= (offsets[row - 1] as number));
  const whole = offsets[0] === 0 && offsets.at(-1) === items.length;
  const inRange = items.every((item) => item >= 0 && item < dataset.items);
  if (!ordered || !whole || !inRange) fail("ARTIFACT_CORRUPT", { what: "The history of the run is damaged" });
}
