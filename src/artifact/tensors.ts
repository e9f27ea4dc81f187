import type { DataMatrices } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import type { Plan } from "../graph/plan.ts";
import type { OpAttrs } from "../graph/tensor.ts";
import type { StoredTensor, TensorData, Tensors } from "./safetensors/types.ts";
import type { Artifact, History } from "./types.ts";

/** Parameters keep their names; what else is stored beside them starts with this sign. */
const OWN = "#";
const HISTORY = `${OWN}history`;
const UNLEARNED = `${OWN}unlearned`;
const POPULARITY = `${OWN}popularity`;
const LAST_TIMES = `${OWN}lastTimes`;
/** Followed by the name of a kind of events. */
const KIND = `${OWN}kind/`;
/** Followed by the name of a data matrix. */
const MATRIX = `${OWN}matrix/`;

/** The arrays of a run by the names that they have in the weights file. Throws ARTIFACT_SHAPE. */
export function toTensors({ parameters, plans, popularity, lastTimes, ...rows }: Omit<Artifact, "metadata">): Tensors {
  const tensors = new Map<string, StoredTensor>();
  const shapes = parameterShapes([
    plans.score,
    plans.history?.score,
    plans.influence,
    plans.itemVectors,
    plans.itemTables,
  ]);
  for (const [name, data] of Object.entries(parameters)) {
    if (name.startsWith(OWN)) fail("ARTIFACT_SHAPE", { what: `A parameter may not be named "${name}"` });
    tensors.set(name, { shape: shapes.get(name) ?? [data.length], data });
  }
  setRows(tensors, HISTORY, rows.history);
  for (const [name, matrix] of Object.entries(rows.matrices ?? {})) setRows(tensors, MATRIX + name, matrix);
  if (rows.unlearned) setRows(tensors, UNLEARNED, rows.unlearned);
  for (const [name, pairs] of Object.entries(rows.kinds ?? {})) setRows(tensors, KIND + name, pairs);
  if (lastTimes) tensors.set(LAST_TIMES, flat(lastTimes));
  tensors.set(POPULARITY, flat(popularity));
  return tensors;
}

const flat = (data: TensorData): StoredTensor => ({ shape: [data.length], data });

function setRows(tensors: Map<string, StoredTensor>, name: string, { offsets, items, values }: History): void {
  tensors.set(`${name}/offsets`, flat(offsets));
  tensors.set(`${name}/items`, flat(items));
  if (values) tensors.set(`${name}/values`, flat(values));
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
  readonly unlearned: History | undefined;
  readonly kinds: Readonly<Record<string, History>>;
  readonly matrices: DataMatrices;
  readonly lastTimes: Float64Array | undefined;
  readonly popularity: Float32Array;
}

/** The way back. Throws ARTIFACT_CORRUPT where one is missing or has another type. */
export function fromTensors(tensors: Tensors): StoredArrays {
  const stored = [...tensors].filter(([name]) => !name.startsWith(OWN));
  return {
    parameters: Object.fromEntries(stored.map(([name]) => [name, take(tensors, name, Float32Array)])),
    shapes: new Map(stored.map(([name, { shape }]) => [name, shape])),
    history: takeRows(tensors, HISTORY),
    unlearned: tensors.has(`${UNLEARNED}/offsets`) ? takeRows(tensors, UNLEARNED) : undefined,
    kinds: takeNamed(tensors, KIND),
    matrices: takeNamed(tensors, MATRIX),
    lastTimes: tensors.has(LAST_TIMES) ? take(tensors, LAST_TIMES, Float64Array) : undefined,
    popularity: take(tensors, POPULARITY, Float32Array),
  };
}

/** All rows whose name begins so, by the rest of it. */
function takeNamed(tensors: Tensors, start: string): Readonly<Record<string, History>> {
  const names = [...tensors.keys()].filter((name) => name.startsWith(start) && name.endsWith("/offsets"));
  const rest = names.map((name) => name.slice(start.length, -"/offsets".length));
  return Object.fromEntries(rest.map((name) => [name, takeRows(tensors, start + name)]));
}

function takeRows(tensors: Tensors, name: string): History {
  const values = tensors.has(`${name}/values`) ? take(tensors, `${name}/values`, Float32Array) : undefined;
  return {
    offsets: take(tensors, `${name}/offsets`, Int32Array),
    items: take(tensors, `${name}/items`, Int32Array),
    ...(values && { values }),
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
