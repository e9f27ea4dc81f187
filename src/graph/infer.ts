import { fail } from "../core/errors.ts";
import { drawnRules } from "./infer-drawn.ts";
import { entryRules } from "./infer-entries.ts";
import { productRules } from "./infer-products.ts";
import { windowRules } from "./infer-windows.ts";
import {
  areCrossed,
  bagIds,
  batchOf,
  checkRange,
  crossAttended,
  isMatrix,
  isOrdered,
  lead,
  rowsOf,
} from "./operands.ts";
import { elements, f32, isRows, isSuffix, mismatch, operand, type Signature, sameShape, width } from "./shapes.ts";
import type { OpAttrs, OpName, Tensor } from "./tensor.ts";

type Rule<K extends OpName> = (inputs: readonly Tensor[], attrs: OpAttrs[K]) => Signature;
type PlainRule = (inputs: readonly Tensor[]) => Signature;

const madeElsewhere = (op: string) => (): never =>
  fail("GRAPH_PLAN", { what: `${op} is made by ${op}(), not by an op` });

const arithmetic =
  (op: string): PlainRule =>
  (inputs) => {
    const [a, b] = [operand(op, inputs, 0), operand(op, inputs, 1)];
    if (isSuffix(b.shape, a.shape)) return f32(a.shape);
    if (isSuffix(a.shape, b.shape)) return f32(b.shape);
    return mismatch(
      op,
      "equal shapes, or one shape the suffix of the other",
      [a, b],
      "Give both layers the same width.",
    );
  };

const same: PlainRule = (inputs) => f32(operand("op", inputs, 0).shape);

/** Shape rule of every op: total, so that an op without a rule does not compile. */
export const infer: { readonly [K in OpName]: Rule<K> } = {
  input: madeElsewhere("input"),
  param: madeElsewhere("param"),
  data: madeElsewhere("data"),
  bag(inputs) {
    const [table, matrix] = [operand("bag", inputs, 0), operand("bag", inputs, 1)];
    const batch = bagIds("bag", inputs, matrix.shape[0] as number);
    if (!isMatrix(table) || matrix.op !== "data" || table.shape[0] !== matrix.shape[1] || !batch)
      return mismatch(
        "bag",
        "f32[columns,width], data f32[rows,columns] and i32[batch] once or twice",
        inputs,
        "Give the table a row for each column of the data matrix.",
      );
    return f32([...batch, width("bag", table)]);
  },
  denseRows(inputs) {
    const [matrix, ids] = [operand("denseRows", inputs, 0), operand("denseRows", inputs, 1)];
    if (matrix.op !== "data" || isOrdered(matrix) || ids.dtype !== "i32" || ids.shape.length !== 1)
      mismatch("denseRows", "data f32[rows,columns] and i32[batch]", [matrix, ids], "Pass a data matrix and ids.");
    checkRange("denseRows", ids, matrix.shape[0] as number);
    return f32([...ids.shape, width("denseRows", matrix)]);
  },
  gather(inputs) {
    const [table, ids] = [operand("gather", inputs, 0), operand("gather", inputs, 1)];
    if (!isMatrix(table) || ids.dtype !== "i32" || ids.shape.length !== 1)
      return mismatch(
        "gather",
        "f32[rows,width] and i32[batch]",
        [table, ids],
        "Pass ids made by input(name, 'i32', ['batch']).",
      );
    checkRange("gather", ids, table.shape[0] as number);
    return f32([...ids.shape, width("gather", table)]);
  },
  spmm(inputs, { transpose }) {
    const [matrix, table] = [operand("spmm", inputs, 0), operand("spmm", inputs, 1)];
    const [rows, columns] = transpose ? matrix.shape.toReversed() : matrix.shape;
    if (matrix.op !== "data" || !isMatrix(table) || table.shape[0] !== columns || rows === undefined)
      return mismatch(
        "spmm",
        "data f32[rows,columns] and f32[columns,width]",
        [matrix, table],
        "Give the table a row for each column of the data matrix (of a transposed one, for each row).",
      );
    return f32([rows, width("spmm", table)]);
  },
  through(inputs, { transpose }) {
    const [x, matrix] = [operand("through", inputs, 0), operand("through", inputs, 1)];
    const [rows, columns] = transpose ? matrix.shape.toReversed() : matrix.shape;
    if (
      matrix.op !== "data" ||
      x.shape.length !== 2 ||
      !isRows(x.shape) ||
      x.shape[1] !== rows ||
      columns === undefined
    )
      return mismatch(
        "through",
        "f32[batch,rows] and data f32[rows,columns]",
        [x, matrix],
        "Give rows a number for each row of the data matrix (of a transposed one, for each column).",
      );
    return f32([...lead(x), columns]);
  },
  scatterAdd(inputs, { rows }) {
    const [ids, dy] = [operand("scatterAdd", inputs, 0), operand("scatterAdd", inputs, 1)];
    if (dy.shape.length !== 2 || !isRows(dy.shape) || ids.shape.length !== 1 || ids.shape[0] !== dy.shape[0])
      mismatch(
        "scatterAdd",
        "i32[batch] and f32[batch,width]",
        [ids, dy],
        "Pass the ids of a gather and its gradient.",
      );
    checkRange("scatterAdd", ids, rows);
    return f32([rows, width("scatterAdd", dy)]);
  },
  scatterBag(inputs) {
    const [dy, matrix] = [operand("scatterBag", inputs, 0), operand("scatterBag", inputs, 1)];
    const ids = bagIds("scatterBag", inputs, matrix.shape[0] as number);
    if (dy.shape.length !== 2 || matrix.op !== "data" || dy.shape[0] !== ids?.[0])
      mismatch(
        "scatterBag",
        "f32[batch,width], data f32[rows,columns] and i32[batch] once or twice",
        inputs,
        "Pass the gradient of a bag with its matrix and ids.",
      );
    return f32([matrix.shape[1] as number, width("scatterBag", dy)]);
  },
  sparseSum(inputs) {
    const first = operand("sparseSum", inputs, 0);
    if (!inputs.every((x) => sameShape(x.shape, first.shape)))
      mismatch("sparseSum", "equal shapes", inputs, "Sum gradients of one table.");
    return f32(first.shape);
  },
  toDense: same,
  ...productRules,
  add: arithmetic("add"),
  sub: arithmetic("sub"),
  mul: arithmetic("mul"),
  div: arithmetic("div"),
  reduceTo(inputs, { rank }) {
    const x = operand("reduceTo", inputs, 0);
    const kept = x.shape.slice(x.shape.length - rank);
    if (rank >= x.shape.length || isRows(kept))
      mismatch("reduceTo", `more than ${rank} dimensions`, [x], "Keep fewer dimensions.");
    return f32(kept);
  },
  broadcastTo(inputs, { shape }) {
    const x = operand("broadcastTo", inputs, 0);
    if (!isSuffix(x.shape, shape)) mismatch("broadcastTo", `a suffix of [${shape.join(",")}]`, [x], "Reshape first.");
    return f32(shape);
  },
  sumLast(inputs) {
    const x = operand("sumLast", inputs, 0);
    width("sumLast", x);
    return f32(lead(x));
  },
  expandLast: (inputs, { size }) => f32([...operand("expandLast", inputs, 0).shape, size]),
  affine: same,
  unary: same,
  unaryGrad(inputs) {
    const first = operand("unaryGrad", inputs, 0);
    if (!inputs.every((x) => sameShape(x.shape, first.shape)))
      mismatch("unaryGrad", "three equal shapes", inputs, "Pass argument, value and gradient of one function.");
    return f32(first.shape);
  },
  concat(inputs) {
    const first = operand("concat", inputs, 0);
    if (!inputs.every((x) => x.shape.length > 0 && sameShape(lead(x), lead(first))))
      mismatch("concat", "equal leading dimensions", inputs, "Concatenate along the last axis only.");
    return f32([...lead(first), inputs.reduce((sum, x) => sum + width("concat", x), 0)]);
  },
  slice(inputs, { start, size }) {
    const x = operand("slice", inputs, 0);
    if (start < 0 || size < 1 || start + size > width("slice", x))
      mismatch("slice", `a width of at least ${start + size}`, [x], "Slice inside the last axis.");
    return f32([...lead(x), size]);
  },
  pad(inputs, { before, after }) {
    const x = operand("pad", inputs, 0);
    return f32([...lead(x), before + width("pad", x) + after]);
  },
  reshape(inputs, { shape }) {
    const x = operand("reshape", inputs, 0);
    if (rowsOf(x.shape) !== rowsOf(shape) || elements(x.shape) !== elements(shape))
      mismatch(
        "reshape",
        `as many elements as [${shape.join(",")}]`,
        [x],
        "Keep the batch first and the element count.",
      );
    return f32(shape);
  },
  dropout: same,
  normal: (_, { shape }) =>
    shape[0] === "batch" ? f32(shape) : mismatch("normal", "a shape with a batch", [], "Put the batch first."),
  bernoulli(inputs) {
    const x = operand("bernoulli", inputs, 0);
    return isRows(x.shape) ? f32(x.shape) : mismatch("bernoulli", "rows of probabilities", [x], "Put the batch first.");
  },
  categorical(inputs) {
    const x = operand("categorical", inputs, 0);
    const isTable = isRows(x.shape) && x.shape.length === 2;
    return isTable ? f32(x.shape) : mismatch("categorical", "[batch, n] of weights", [x], "Put the batch first.");
  },
  ...drawnRules,
  tableLogSumExp(inputs) {
    const [x, table] = [operand("tableLogSumExp", inputs, 0), operand("tableLogSumExp", inputs, 1)];
    if (x.shape.length !== 2 || !isRows(x.shape) || !isMatrix(table) || x.shape[1] !== table.shape[1])
      mismatch(
        "tableLogSumExp",
        "f32[batch,width] and f32[items,width]",
        [x, table],
        "Give the table rows as wide as what they are multiplied with.",
      );
    return f32(lead(x));
  },
  tableLogSumExpGrad(inputs, { of }) {
    const [x, table] = [operand("tableLogSumExpGrad", inputs, 0), operand("tableLogSumExpGrad", inputs, 1)];
    const { shape } = infer.tableLogSumExp([x, table], {});
    for (const i of [2, 3]) {
      if (!sameShape(operand("tableLogSumExpGrad", inputs, i).shape, shape))
        mismatch("tableLogSumExpGrad", "rows, table, value and gradient", inputs, "Pass the operands of one value.");
    }
    return f32(of === "rows" ? x.shape : table.shape);
  },
  ...windowRules,
  stopGradient: same,
  unroll(inputs, { part, ahead }) {
    const [sequence, rows] = [operand("unroll", inputs, 0), operand("unroll", inputs, 1)];
    if (!isOrdered(sequence) || rows.op !== "input" || rows.dtype !== "i32" || !sameShape(rows.shape, ["batch"]))
      mismatch(
        "unroll",
        "ordered data f32[rows,columns] and the input i32[batch]",
        [sequence, rows],
        "Declare the matrix by data(name, rows, columns, true).",
      );
    if (part === "next" && !ahead)
      mismatch("unroll", "entries ahead of a next one", [sequence, rows], "Pass ahead: true with part next.");
    return { dtype: "i32", shape: ["entries"] };
  },
  ...entryRules,
  layerNorm(inputs) {
    const x = operand("layerNorm", inputs, 0);
    if (!isRows(x.shape) || x.shape.length !== 2)
      mismatch("layerNorm", "f32[batch,width]", [x], "Normalize rows of one dimension.");
    return f32(x.shape);
  },
  layerNormGrad(inputs) {
    const first = operand("layerNormGrad", inputs, 0);
    if (!isRows(first.shape) || first.shape.length !== 2 || !inputs.every((x) => sameShape(x.shape, first.shape)))
      mismatch("layerNormGrad", "two equal shapes", inputs, "Pass argument and gradient of one layer.");
    return f32(first.shape);
  },
  crossAttention: (inputs) => f32(crossAttended("crossAttention", inputs)),
  crossAttentionGrad(inputs, { of }) {
    const [query, keys, values, out, dy, ...rows] = inputs as readonly [Tensor, Tensor, Tensor, ...Tensor[]];
    const shape = crossAttended("crossAttentionGrad", [query, keys, values, ...rows]);
    if (![out, dy].every((x) => x !== undefined && sameShape(x.shape, shape)))
      mismatch("crossAttentionGrad", "operands, value and gradient", inputs, "Pass the operands of one value.");
    return f32({ query, keys, values }[of].shape);
  },
  crossBag(inputs) {
    const table = operand("crossBag", inputs, 0);
    if (!isMatrix(table) || (table.shape[0] as number) >= 2 ** 31 || !areCrossed("crossBag", inputs))
      mismatch(
        "crossBag",
        "f32[buckets,width], two data matrices, and i32[batch] for each of them and perhaps for columns left out",
        inputs,
        "Give a data matrix and ids of its rows for each side.",
      );
    return f32(["batch", width("crossBag", table)]);
  },
  crossBagGrad(inputs, { rows }) {
    const dy = operand("crossBagGrad", inputs, 0);
    if (dy.shape.length !== 2 || dy.shape[0] !== "batch" || !areCrossed("crossBagGrad", inputs))
      mismatch("crossBagGrad", "f32[batch,width] and what was crossed", inputs, "Pass the gradient of a crossBag.");
    return f32([rows, width("crossBagGrad", dy)]);
  },
  batchLogSumExp: (inputs) => f32(batchOf("batchLogSumExp", inputs)),
  batchLogSumExpGrad(inputs) {
    batchOf("batchLogSumExpGrad", inputs);
    return f32(operand("batchLogSumExpGrad", inputs, 0).shape);
  },
  constant: () => f32([]),
};
