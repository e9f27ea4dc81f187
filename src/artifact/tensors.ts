import { fail } from "../core/errors.ts";
import type { Plan } from "../graph/plan.ts";
import type { OpAttrs } from "../graph/tensor.ts";
import type { StoredTensor, TensorData, Tensors } from "./safetensors/types.ts";
import type { Artifact, History } from "./types.ts";

/** Parameters keep their names; what else is stored beside them starts with this sign. */
const OWN = "#";
const names = {
  offsets: `${OWN}history/offsets`,
  items: `${OWN}history/items`,
  values: `${OWN}history/values`,
  popularity: `${OWN}popularity`,
} as const;

/** The arrays of a run by the names that they have in the weights file. Throws ARTIFACT_SHAPE. */
export function toTensors({ parameters, plans, history, popularity }: Omit<Artifact, "metadata">): Tensors {
  const tensors = new Map<string, StoredTensor>();
  const shapes = parameterShapes([plans.score, plans.influence, plans.itemVectors]);
  for (const [name, data] of Object.entries(parameters)) {
    if (name.startsWith(OWN)) fail("ARTIFACT_SHAPE", { what: `A parameter may not be named "${name}"` });
    tensors.set(name, { shape: shapes.get(name) ?? [data.length], data });
  }
  const flat = (data: TensorData): StoredTensor => ({ shape: [data.length], data });
  tensors.set(names.offsets, flat(history.offsets));
  tensors.set(names.items, flat(history.items));
  if (history.values) tensors.set(names.values, flat(history.values));
  tensors.set(names.popularity, flat(popularity));
  return tensors;
}

/** Shapes of the parameters of plans, by name. */
export function parameterShapes(plans: readonly (Plan | undefined)[]): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const { op, attrs, shape } of plans.flatMap((plan) => plan?.instructions ?? [])) {
    if (op === "param") shapes.set((attrs as OpAttrs["param"]).name, shape as readonly number[]);
  }
  return shapes;
}

export interface StoredArrays {
  readonly parameters: Record<string, Float32Array>;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly history: History;
  readonly popularity: Float32Array;
}

/** The way back. Throws ARTIFACT_CORRUPT where one is missing or has another type. */
export function fromTensors(tensors: Tensors): StoredArrays {
  const stored = [...tensors].filter(([name]) => !name.startsWith(OWN));
  const values = tensors.has(names.values) ? take(tensors, names.values, Float32Array) : undefined;
  return {
    parameters: Object.fromEntries(stored.map(([name]) => [name, take(tensors, name, Float32Array)])),
    shapes: new Map(stored.map(([name, { shape }]) => [name, shape])),
    history: {
      offsets: take(tensors, names.offsets, Int32Array),
      items: take(tensors, names.items, Int32Array),
      ...(values && { values }),
    },
    popularity: take(tensors, names.popularity, Float32Array),
  };
}

function take<T extends TensorData>(tensors: Tensors, name: string, type: abstract new (...args: never) => T): T {
  const data = tensors.get(name)?.data;
  if (data instanceof type) return data;
  return fail("ARTIFACT_CORRUPT", {
    what: `The weights lack the tensor "${name}"`,
    expected: type.name,
    received: data?.constructor.name ?? "nothing",
  });
}
