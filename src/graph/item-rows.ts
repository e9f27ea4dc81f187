/** Which values of a plan have a row for each item, so that it can be had for more of them. */
import { infer } from "./infer.ts";
import { CONTEXT, dataName, ITEM_FEATURES, isIdOf, parameterOf, USER_FEATURES } from "./named.ts";
import { broadcastTo, constant, input, matmul } from "./ops.ts";
import { type Instruction, lower, type Plan } from "./plan.ts";
import { isRows } from "./shapes.ts";
import { type OpAttrs, type OpName, Tensor } from "./tensor.ts";

/** Ops that make a row of a table from the same row of their operands. */
const byRow: ReadonlySet<OpName> = new Set<OpName>(
  "add sub mul div affine unary concat slice pad sumLast expandLast dropout stopGradient reshape broadcastTo".split(
    " ",
  ) as OpName[],
);

/** Slots of a plan for so many items whose values have a row for each of them; parameters, data and what is made of them. */
export function itemRows({ instructions, outputs }: Plan, items: number): ReadonlySet<number> {
  const found = new Set<number>();
  const lead = (slot: number) => instructions[slot]?.shape[0];
  const put = (slot: number) => lead(slot) === items && found.add(slot);
  const columns = (slot: number) => hasItemColumns(instructions[slot] as Instruction, items);
  const look = (x: Instruction, slot: number) => {
    const [a = -1, b = -1, c = -1, d = -1] = x.inputs;
    if (dataName(x) === ITEM_FEATURES) put(slot);
    if (x.op === "crossBag" && isIdOf("item", instructions[x.inputs[4] as number])) put(c);
    if (x.op === "gather" && isIdOf("item", instructions[b])) put(a);
    if (x.op === "bag" && columns(b)) put(a);
    if (x.op === "crossAttention" && columns(d)) [b, c].map(put);
    if (x.op === "spmm") {
      const { transpose } = x.attrs as OpAttrs["spmm"];
      if (transpose ? columns(a) : found.has(a)) put(slot);
      if (!transpose && columns(a)) put(b);
    }
    const isRowOfScores = slot === outputs["score"] && x.shape.length === 2;
    if (x.op === "matmul" && isRowOfScores && (x.attrs as OpAttrs["matmul"]).transposeB) put(b);
    const together = x.op === "matmul" ? [slot, a] : byRow.has(x.op) ? [slot, ...x.inputs] : [];
    if (!isRows(x.shape) && together.some((each) => found.has(each))) together.map(put);
  };
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const [slot, x] of instructions.entries()) look(x, slot);
  }
  return found;
}

/** What users did, or neighbours of items: a column for each item. */
function hasItemColumns(x: Instruction, items: number): boolean {
  const name = dataName(x);
  return (
    name !== undefined && name !== ITEM_FEATURES && name !== USER_FEATURES && name !== CONTEXT && x.shape[1] === items
  );
}

/** Names of the parameters among those slots. */
export const namesOf = ({ instructions }: Plan, slots: ReadonlySet<number>): readonly string[] =>
  [...slots].flatMap((slot) => parameterOf(instructions[slot] as Instruction) ?? []);

/** The same plan for another number of items. */
export function withItemCount(plan: Plan, from: number, to: number): Plan {
  const rows = itemRows(plan, from);
  const tensors: Tensor[] = [];
  const instructions = plan.instructions.map((x, slot): Instruction => {
    const own = rows.has(slot);
    const sized = (shape: Instruction["shape"]) => (own ? [to, ...shape.slice(1)] : shape);
    const attrs = (x.attrs ?? {}) as OpAttrs[OpName];
    const next = own && "shape" in attrs ? { ...attrs, shape: sized((attrs as OpAttrs["reshape"]).shape) } : attrs;
    const inputs = x.inputs.map((input) => tensors[input] as Tensor);
    const [height] = sized(x.shape) as readonly number[];
    const shape = hasItemColumns(x, from) ? [height as number, to] : inferred(x, sized(x.shape), next, inputs);
    tensors.push(new Tensor(x.op, next, inputs, x.dtype, shape));
    return { ...x, ...(x.attrs && { attrs: next }), shape };
  });
  return { ...plan, instructions };
}

function inferred(
  { op }: Instruction,
  given: Instruction["shape"],
  attrs: OpAttrs[OpName],
  inputs: readonly Tensor[],
): Instruction["shape"] {
  if (op === "input" || op === "param" || op === "data") return given;
  const rule = infer[op] as (
    inputs: readonly Tensor[],
    attrs: OpAttrs[OpName],
  ) => { readonly shape: Instruction["shape"] };
  return rule(inputs, attrs).shape;
}

/**
 * Rows of tables that come of features, for items that a run has not met: `features` `[batch, columns]` → the outputs of the plan that makes
 * the tables, a row for each of the batch. Rows of ids are 0, and neighbours there are none.
 */
export function rowsByFeatures(plan: Plan, items: number): Plan {
  const rows = itemRows(plan, items);
  const tensors: Tensor[] = [];
  for (const [slot, x] of plan.instructions.entries()) {
    const inputs = x.inputs.map((input) => tensors[input] as Tensor);
    tensors.push(rows.has(slot) ? ofBatch(x, inputs) : new Tensor(x.op, x.attrs ?? {}, inputs, x.dtype, x.shape));
  }
  return lower(Object.fromEntries(Object.entries(plan.outputs).map(([name, slot]) => [name, tensors[slot] as Tensor])));
}

function ofBatch(x: Instruction, inputs: readonly Tensor[]): Tensor {
  const shape = ["batch", ...x.shape.slice(1)] as const;
  if (dataName(x) === ITEM_FEATURES) return input("features", "f32", shape);
  const [matrix, table] = inputs;
  const attrs = (x.attrs ?? {}) as OpAttrs[OpName];
  if (x.op === "spmm" && matrix?.op === "input") return matmul(matrix, table as Tensor);
  if (x.op === "param" || x.op === "spmm") return broadcastTo(constant(0), shape);
  return new Tensor(x.op, "shape" in attrs ? { ...attrs, shape } : attrs, inputs, x.dtype, shape);
}
