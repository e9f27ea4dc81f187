import { param } from "../graph/ops.ts";
import { isRows } from "../graph/shapes.ts";
import { type OpAttrs, Tensor, topologicalOrder } from "../graph/tensor.ts";

/** Graphs that read tables where others compute them. */
export interface Frozen {
  readonly roots: readonly Tensor[];
  /** The tables by the names that the graphs now have for them; empty where nothing was computed. */
  readonly tables: Readonly<Record<string, Tensor>>;
}

/**
 * The same graphs with each table that is computed from data matrices (all rows of it, by `spmm`) turned into a parameter. After
 * training it changes no more: answering needs neither the matrix nor what the table was made of. Tables are named after their
 * scopes.
 */
export function frozen(roots: readonly Tensor[]): Frozen {
  const order = topologicalOrder(roots);
  const computed = new Set<Tensor>();
  for (const x of order) {
    const isPropagated = x.op === "spmm" || x.inputs.some((operand) => computed.has(operand));
    if (isPropagated && !isRows(x.shape)) computed.add(x);
  }
  const names = new Set(order.filter(({ op }) => op === "param").map((x) => (x.attrs as OpAttrs["param"]).name));
  const tables: Record<string, Tensor> = {};
  const made = new Map<Tensor, Tensor>();
  const asParameter = (x: Tensor): Tensor => {
    const name = unused(x.scope ?? "table", names);
    names.add(name);
    tables[name] = x;
    return param(name, x.shape as readonly number[], { kind: "zeros" });
  };
  const rebuilt = (x: Tensor): Tensor => {
    const own = made.get(x) ?? asParameter(x); // what is computed is made when something reads it
    made.set(x, own);
    return own;
  };
  // Inputs come before users.
  for (const x of order) {
    if (computed.has(x)) continue;
    const inputs = x.inputs.map(rebuilt);
    const isSame = inputs.every((operand, i) => operand === x.inputs[i]);
    made.set(x, isSame ? x : new Tensor(x.op, x.attrs, inputs, x.dtype, x.shape, x.scope));
  }
  return { roots: roots.map(rebuilt), tables };
}

function unused(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name}/${i}`;
  return free;
}
