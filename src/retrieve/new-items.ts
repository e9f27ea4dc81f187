/** Items that a run has not met, known by their features alone: they are answered at once, nothing is trained. */
import type { Artifact } from "../artifact/types.ts";
import type { Csr } from "../core/csr.ts";
import { fail, PenchantError } from "../core/errors.ts";
import { type Id, idText } from "../core/id.ts";
import type { FeatureRow } from "../features/index.ts";
import type { Instruction, Plan } from "../graph/plan.ts";
import { verify } from "../graph/verify.ts";
import { encoded, ITEM_FEATURES } from "./known-features.ts";
import { dataName, parameterOf, tablesReadBy } from "./tables.ts";

/** An item that the run has not met, and what is known of it. */
export interface NewItem {
  readonly id: Id;
  /** Values by feature; what is not named is not known. */
  readonly features: FeatureRow;
}

/**
 * The run with further items. Where it reads ids of items too, theirs are 0: not known. Throws CONFIG_VALUE where the run knows an
 * item already, FEATURE_MISSING where it does not answer by features, FEATURE_UNKNOWN, FEATURE_VALUE, DATA_ID.
 */
export function withItems(artifact: Artifact, added: readonly NewItem[]): Artifact {
  const { plans, items, parameters, popularity } = artifact;
  const ids = added.map(({ id }) => idText(id, "The new item"));
  const known = new Set(items);
  for (const id of ids) {
    if (known.has(id)) knownAlready(id);
    known.add(id);
  }
  const rows = encoded(
    artifact,
    "items",
    added.map(({ features }) => features),
  );
  const count = items.length + added.length;
  const tables = new Set<string>();
  const grow = (plan: Plan): Plan => grown(plan, items.length, count, tables);
  const { foldIn, influence, itemVectors, history } = plans;
  const bigger = {
    ...plans,
    score: grow(plans.score),
    ...(foldIn && { foldIn: { ...foldIn, score: grow(foldIn.score) } }),
    ...(history && { history: { ...history, score: grow(history.score) } }),
    influence: influence && grow(influence),
    itemVectors: itemVectors && grow(itemVectors),
  };
  const matrix = artifact.matrices?.[ITEM_FEATURES] as Csr;
  return {
    ...artifact,
    plans: bigger,
    items: [...items, ...ids],
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, values]) => [
        name,
        tables.has(name) ? padded(values, (values.length / items.length) * count) : values,
      ]),
    ),
    matrices: { ...artifact.matrices, [ITEM_FEATURES]: below(matrix, rows) },
    popularity: padded(popularity, count),
  };
}

/** The plan for more items; notes which tables have a row for each. Throws FEATURE_MISSING where it is not made of rows by item. */
function grown(plan: Plan, from: number, to: number, tables: Set<string>): Plan {
  const own = new Set(tablesReadBy(plan, "item"));
  const reads = plan.instructions.some((each) => dataName(each) === ITEM_FEATURES);
  const sized = (x: Instruction): Instruction => {
    if (own.has(parameterOf(x) ?? "") || dataName(x) === ITEM_FEATURES)
      return { ...x, shape: [to, ...x.shape.slice(1)] };
    return x;
  };
  const bigger = { ...plan, instructions: plan.instructions.map(sized) };
  const isRow = plan.instructions.some(({ op, shape }) => op !== "param" && op !== "data" && shape[1] === from);
  if (!reads || isRow || !isWhole(bigger)) {
    fail("FEATURE_MISSING", {
      what: "The run does not answer for items by their features",
      fix: "Train ncf-features on a data set with features of items: it answers for new ones at once.",
    });
  }
  for (const name of own) tables.add(name);
  return bigger;
}

function isWhole(plan: Plan): boolean {
  try {
    verify(plan);
    return true;
  } catch (error) {
    if (error instanceof PenchantError) return false;
    throw error;
  }
}

function padded(values: Float32Array, length: number): Float32Array {
  const longer = new Float32Array(length);
  longer.set(values);
  return longer;
}

/** Rows of one matrix below those of another. */
function below(a: Csr, b: Csr): Csr {
  const shift = a.items.length;
  const offsets = new Int32Array(a.offsets.length + b.offsets.length - 1);
  offsets.set(a.offsets);
  offsets.set(
    b.offsets.subarray(1).map((at) => at + shift),
    a.offsets.length,
  );
  const items = new Int32Array(shift + b.items.length);
  items.set(a.items);
  items.set(b.items, shift);
  const values = new Float32Array(items.length).fill(1);
  if (a.values) values.set(a.values);
  if (b.values) values.set(b.values, shift);
  return { offsets, items, values };
}

function knownAlready(id: string): never {
  return fail("CONFIG_VALUE", {
    what: `The run knows the item ${JSON.stringify(id)} already`,
    fix: "Leave it out; to learn from its features anew, train again.",
    details: { item: id },
  });
}
