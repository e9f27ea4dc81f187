import { infer } from "./infer.ts";
import type { Instruction, Plan } from "./plan.ts";
import { isEntries, isRows } from "./shapes.ts";
import { checkStructure, reject } from "./structure.ts";
import { isRowSparse, type OpAttrs, type OpName, Tensor } from "./tensor.ts";

/** How many operands each op takes, or at least and at most; undefined: one or more. */
const arity: { readonly [K in OpName]: number | readonly [number, number] | undefined } = {
  input: 0,
  param: 0,
  data: 0,
  gather: 2,
  bag: [3, 4],
  denseRows: 2,
  spmm: 2,
  through: 2,
  scatterAdd: 2,
  scatterBag: [3, 4],
  sparseSum: undefined,
  toDense: 1,
  matmul: 2,
  batchMatmul: 2,
  add: 2,
  sub: 2,
  mul: 2,
  div: 2,
  reduceTo: 1,
  broadcastTo: 1,
  sumLast: 1,
  expandLast: 1,
  affine: 1,
  unary: 1,
  unaryGrad: 3,
  concat: undefined,
  slice: 1,
  pad: 1,
  reshape: 1,
  dropout: 1,
  normal: 0,
  bernoulli: 1,
  categorical: 1,
  draw: [0, 1],
  pick: 2,
  putBack: 2,
  tableLogSumExp: 2,
  tableLogSumExpGrad: 4,
  unfold: 1,
  fold: 1,
  pool: 1,
  poolGrad: 2,
  stopGradient: 1,
  unroll: 2,
  entryValues: 1,
  last: 1,
  atLast: 1,
  shift: 1,
  gru: 3,
  gruGrad: 5,
  layerNorm: 1,
  layerNormGrad: 2,
  attention: 3,
  attentionGrad: 4,
  crossAttention: [5, 6],
  crossAttentionGrad: [7, 8],
  crossBag: [5, 6],
  crossBagGrad: [5, 6],
  batchLogSumExp: 4,
  batchLogSumExpGrad: 6,
  constant: 0,
};

/** The operands that hold ids; every other one is f32. */
const idsAt: Readonly<Partial<Record<OpName, readonly number[]>>> = {
  gather: [1],
  denseRows: [1],
  bag: [2, 3],
  scatterAdd: [0],
  scatterBag: [2, 3],
  unroll: [1],
  entryValues: [0],
  crossAttention: [4, 5],
  crossAttentionGrad: [6, 7],
  crossBag: [3, 4, 5],
  crossBagGrad: [3, 4, 5],
  batchLogSumExp: [2, 3],
  batchLogSumExpGrad: [4, 5],
};

/**
 * Checks that a plan, wherever it comes from, is well formed: operands come before their use, shapes and dtypes are what
 * the ops infer, attributes are in range, names are unique, outputs exist. Throws GRAPH_PLAN or GRAPH_SHAPE. The native
 * core checks again on receipt.
 */
export function verify(plan: unknown): asserts plan is Plan {
  checkStructure(plan);
  const names = new Set<string>();
  const tensors: Tensor[] = [];
  for (const [slot, instruction] of plan.instructions.entries()) {
    tensors.push(rebuild(instruction, slot, tensors));
    if (isNamed(instruction.op)) checkName(instruction, names);
  }
  checkEntries(plan);
  for (const [name, slot] of Object.entries(plan.outputs)) {
    if (tensors[slot]?.op === "data") reject(`data matrix at slot ${slot} as output "${name}"`, "a dense value");
  }
}

const isNamed = (op: OpName): boolean => op === "input" || op === "param" || op === "data";

function rebuild(instruction: Instruction, slot: number, earlier: readonly Tensor[]): Tensor {
  const { op, attrs = {} as OpAttrs[OpName], inputs, dtype, shape } = instruction;
  const operands = inputs.map((i) => earlier[i] as Tensor);
  checkOperands(op, operands, slot);
  if (op === "input" && isEntries(shape)) reject(`[${shape.join()}] for an input at slot ${slot}`, "[batch]");
  if (op === "param" && (dtype !== "f32" || isRows(shape))) {
    reject(`${dtype}[${shape.join()}] for a parameter at slot ${slot}`, "f32 without a batch");
  }
  if (op === "data" && (dtype !== "f32" || shape.length !== 2 || isRows(shape))) {
    reject(`${dtype}[${shape.join()}] for a data matrix at slot ${slot}`, "f32[rows,columns]");
  }
  if (!isNamed(op)) {
    const rule = infer[op] as (
      inputs: readonly Tensor[],
      attrs: OpAttrs[OpName],
    ) => { dtype: string; shape: readonly unknown[] };
    const inferred = rule(operands, attrs);
    if (inferred.dtype !== dtype || inferred.shape.join() !== shape.join()) {
      reject(`${dtype}[${shape.join()}] for ${op} at slot ${slot}`, `${inferred.dtype}[${inferred.shape.join()}]`);
    }
  }
  return new Tensor(op, attrs, operands, dtype, shape);
}

function checkOperands(op: OpName, operands: readonly Tensor[], slot: number): void {
  const [least, most] = [arity[op] ?? [1, Number.POSITIVE_INFINITY]].flat() as [number, number?];
  if (operands.length < least || operands.length > (most ?? least)) {
    const wanted = most === undefined ? `${least}` : `${least} to ${most}`;
    reject(`${operands.length} operands of ${op} at slot ${slot}`, arity[op] ? wanted : "one or more");
  }
  for (const [i, operand] of operands.entries()) {
    const dtype = idsAt[op]?.includes(i) ? "i32" : "f32";
    if (operand.dtype !== dtype) reject(`${operand} as operand ${i} of ${op} at slot ${slot}`, dtype);
    if (operand.op === "data" && !readsData(operand, op, i))
      reject(`data matrix ${operand} for ${op} at slot ${slot}`, "dense");
    const takesRows = op === "sparseSum" || op === "toDense";
    if (isRowSparse(operand) && !takesRows) reject(`row-sparse ${operand} for ${op} at slot ${slot}`, "dense");
    if (takesRows && !isRowSparse(operand)) reject(`dense ${operand} for ${op} at slot ${slot}`, "row-sparse");
  }
}

/** The operands that may be data matrices to sum up. */
const summedAt: Readonly<Partial<Record<OpName, readonly number[]>>> = {
  bag: [0, 1],
  scatterBag: [1],
  spmm: [0],
  denseRows: [0],
  crossAttention: [3],
  crossAttentionGrad: [5],
  crossBag: [1, 2],
  crossBagGrad: [1, 2],
  draw: [0],
  through: [1],
};

/** Matrices in order of time are unrolled, all others summed up. */
const readsData = ({ attrs }: Tensor, op: OpName, operand: number): boolean =>
  (attrs as OpAttrs["data"]).ordered ? op === "unroll" : summedAt[op]?.includes(operand) === true;

/** All entries of a plan are of the same rows of the same matrix: what has entries belongs together, entry by entry. */
function checkEntries({ instructions }: Plan): void {
  const unrolls = instructions.filter(({ op }) => op === "unroll");
  const kinds = new Set(
    unrolls.map(({ inputs, attrs }) => {
      const { newest, ahead } = attrs as OpAttrs["unroll"];
      return `${inputs.join()}, newest ${newest}, ahead ${ahead}`;
    }),
  );
  if (kinds.size > 1) reject(`entries of ${[...kinds].join(" and of ")}`, "one kind of entries in a plan");
  const alone = instructions.findIndex(({ shape }) => shape[0] === "entries");
  if (alone >= 0 && unrolls.length === 0) reject(`entries at slot ${alone}`, "an unroll that says which");
}

function checkName({ attrs }: Instruction, names: Set<string>): void {
  const { name } = attrs as OpAttrs["input"];
  if (names.has(name)) reject(`name "${name}" twice`, "unique names");
  names.add(name);
}
