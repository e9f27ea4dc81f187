import type { Artifact } from "../artifact/types.ts";
import type { Csr, DataMatrices } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { Encoder, type FeatureRow, type FittedFeatures } from "../features/index.ts";
import { CONTEXT, dataName, ITEM_FEATURES, USER_FEATURES } from "../graph/named.ts";

/** What a run has learned of the features that it reads of one side; data may have features that the model does not read. */
export function fittedRead({ plans }: Pick<Artifact, "plans">, side: "users" | "items"): FittedFeatures | undefined {
  const { score, history, itemTables } = plans;
  const matrix = side === "users" ? USER_FEATURES : ITEM_FEATURES;
  const isRead = [score, history?.score, itemTables].some((plan) =>
    plan?.instructions.some((x) => dataName(x) === matrix),
  );
  return isRead ? plans.features?.[side] : undefined;
}

/** Rows of features of one side, as the run learned to read them. Throws FEATURE_MISSING, FEATURE_UNKNOWN, FEATURE_VALUE. */
export function encoded(artifact: Pick<Artifact, "plans">, side: "users" | "items", rows: readonly FeatureRow[]): Csr {
  const fitted = fittedRead(artifact, side);
  if (fitted) return new Encoder(fitted).given(rows);
  return fail("FEATURE_MISSING", {
    what: `The run does not answer for ${side} by their features`,
    fix: `Train a model that reads them (two-tower, ncf-features, content-attention, softmax-dnn${side === "items" ? ", vbpr, lightgcn" : ""}), on a data set with features: penchant features DATASET --${side} FILE.`,
  });
}

/** A row by its index, as a matrix of one row; undefined where the run has no such features. */
export function featuresOfUser({ matrices }: Pick<Artifact, "matrices">, user: number): Csr | undefined {
  const all = matrices?.[USER_FEATURES];
  return all && pickedRows(all, Int32Array.of(user));
}

/** Rows by their indices, in their order. */
export function pickedRows({ offsets, items, values }: Csr, rows: Int32Array): Csr {
  const places = Array.from(rows, (row) => [offsets[row] as number, offsets[row + 1] as number] as const);
  const starts = new Int32Array(rows.length + 1);
  for (const [i, [from, to]] of places.entries()) starts[i + 1] = (starts[i] as number) + to - from;
  const size = starts.at(-1) as number;
  const [own, weights] = [new Int32Array(size), values && new Float32Array(size)];
  for (const [i, [from, to]] of places.entries()) {
    own.set(items.subarray(from, to), starts[i]);
    weights?.set((values as Float32Array).subarray(from, to), starts[i]);
  }
  return { offsets: starts, items: own, ...(weights && { values: weights }) };
}

/** What a plan reads of the data for so many users who are all described by one row, or by none, and all ask in one context (default: of which nothing is known). */
export function describing(
  data: DataMatrices,
  features: Csr | undefined,
  users: number,
  context: Csr | undefined = data[CONTEXT],
): DataMatrices {
  const row = features ?? { offsets: new Int32Array(2), items: new Int32Array(0), values: new Float32Array(0) };
  return {
    ...data,
    [USER_FEATURES]: pickedRows(row, new Int32Array(users)),
    ...(context && { [CONTEXT]: pickedRows(context, new Int32Array(users)) }),
  };
}
