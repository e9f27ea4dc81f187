import { describe, expect, test } from "vitest";
import { unaryFunctions } from "../../test/support/unary-functions.ts";
import { checkStructure } from "./structure.ts";

const refused = expect.objectContaining({ code: "GRAPH_PLAN" });
const instruction = { op: "constant", attrs: { value: 1 }, inputs: [], dtype: "f32", shape: [] };
const planOf = (change: object) => ({ version: 1, instructions: [{ ...instruction, ...change }], outputs: { y: 0 } });
const check = (change: object) => () => checkStructure(planOf(change));

/** Kinds of attributes: values at both ends of what is allowed, and just beyond. */
interface Range {
  readonly inside: readonly unknown[];
  readonly outside: readonly unknown[];
}
const never = [null, Number.NaN, "1", "", [], {}];
const range = (inside: readonly unknown[], outside: readonly unknown[]): Range => ({
  inside,
  outside: [...never.filter((value) => !inside.includes(value)), ...outside],
});
const flag = range([true, false], [0, 1, undefined]);
const size = range([0, 1, 2 ** 36], [-1, 0.5, 2 ** 36 + 1, true, undefined]);
const count = range([1, 2 ** 36], [0, -1, 1.5, 2 ** 36 + 1, undefined]);
const word = range([0, 1, 2 ** 32 - 1], [-1, 0.5, 2 ** 32, undefined]);
const real = range([0, -1e30, 1e30], [Number.POSITIVE_INFINITY, 1e39, -1e39, true, undefined]);
const least0 = range([0, 1e-30, 1e30], [-1e-30, 1e39, Number.POSITIVE_INFINITY, undefined]);
const above0 = range([1e-30, 1e30], [0, 1e-60, -1, 1e39, undefined]);
const share = range([0, 0.999], [1, 1.5, -0.001, undefined]);
const side = range([1, 2 ** 14], [0, -1, 1.5, 2 ** 14 + 1, undefined]);
const drawable = range([1, 2 ** 24], [0, 2 ** 24 + 1, undefined]);
const oneOf = (...words: string[]) => range(words, ["others", undefined, 0, "toString"]);
const orNone = ({ inside, outside }: Range): Range => ({
  inside: [...inside, undefined],
  outside: outside.filter((value) => value !== undefined),
});
const text = { inside: ["", "p"], outside: [0, null, undefined, [], {}] };
const entryDropout = orNone({
  inside: [
    { rate: 0, id: 0 },
    { rate: 0.5, id: 2 ** 32 - 1 },
  ],
  outside: [null, 0.5, [0, 0], { rate: 0.5 }, { id: 1 }, { rate: 1, id: 1 }, { rate: 0.5, id: -1 }],
});
const shape = range(
  [[], [1, 2, 3, 4, 5, 6], ["batch", 4], ["entries"], [2 ** 18, 2 ** 18]],
  [...[undefined, 3, ["batch", "batch"], [4, "batch"], [0], [1.5], [1, 2, 3, 4, 5, 6, 7], [2 ** 18, 2 ** 18 + 1]]],
);

const attributes: Readonly<Record<string, Readonly<Record<string, Range>>>> = {
  constant: { value: real },
  affine: { scale: real, offset: real },
  gather: {},
  matmul: { transposeA: flag, transposeB: flag },
  batchMatmul: { transposeA: flag, transposeB: flag },
  spmm: { transpose: flag },
  through: { transpose: flag },
  bag: { dropout: entryDropout },
  scatterBag: { dropout: entryDropout },
  scatterAdd: { rows: count },
  reduceTo: { rank: size, mean: flag },
  broadcastTo: { shape, mean: flag },
  reshape: { shape },
  normal: { shape, id: word },
  expandLast: { size },
  slice: { start: size, size },
  pad: { before: size, after: size },
  unary: { fn: oneOf(...unaryFunctions) },
  unaryGrad: { fn: oneOf(...unaryFunctions) },
  dropout: { rate: share, id: word },
  bernoulli: { id: word },
  categorical: { id: word },
  draw: { count: drawable, rows: drawable, id: word },
  putBack: { rows: drawable },
  tableLogSumExpGrad: { of: oneOf("rows", "table") },
  batchLogSumExpGrad: { of: oneOf("queries", "keys") },
  unfold: { size: side, stride: side, padding: range([0, 1, 2 ** 14], [-1, 0.5, 2 ** 14 + 1, undefined]) },
  fold: { size: side, stride: side, height: side, width: side },
  pool: { of: oneOf("max", "mean"), size: side, stride: side },
  poolGrad: { of: oneOf("max", "mean"), size: side, stride: side },
  unroll: { newest: range([1, 2 ** 20], [0, 2 ** 20 + 1, undefined]), ahead: flag },
  shift: { by: range([0, 1, -(2 ** 20), 2 ** 20], [2 ** 20 + 1, -(2 ** 20) - 1, 0.5, undefined]) },
  layerNorm: { epsilon: above0 },
  layerNormGrad: { epsilon: above0 },
  attention: { heads: count, rate: share, id: word },
  attentionGrad: { heads: count, rate: share, id: word },
  crossAttention: { smoothing: orNone(range([0, 1], [-0.1, 1.1])), units: orNone(flag) },
  crossAttentionGrad: { of: oneOf("query", "keys", "values"), smoothing: orNone(range([0, 1], [1.1])) },
  crossBag: { id: word },
  crossBagGrad: { id: word, rows: range([1, 2 ** 31 - 1], [0, 2 ** 31, undefined]) },
  param: { name: text, trainable: flag, l2: orNone(least0) },
  data: { name: text, ordered: orNone(flag) },
  input: { name: text },
};
/** What else an op needs, where its other attributes are tried. */
const besides: Readonly<Record<string, object>> = {
  param: { init: { kind: "zeros" } },
  unroll: { part: "column" },
  fold: { padding: 0 },
};

describe.each(Object.entries(attributes))("attributes of %s", (op, ranges) => {
  const right = Object.entries(ranges).map(([name, { inside }]) => [name, inside[0]]);
  const attrs = { ...besides[op], ...Object.fromEntries(right) };

  test("in range are taken", () => {
    expect(check({ op, attrs })).not.toThrow();
    for (const [name, { inside }] of Object.entries(ranges)) {
      for (const value of inside) {
        expect(check({ op, attrs: { ...attrs, [name]: value } }), `${name} ${JSON.stringify(value)}`).not.toThrow();
      }
    }
  });

  test("out of range are refused", () => {
    for (const [name, { inside, outside }] of Object.entries(ranges)) {
      for (const value of outside.filter(
        (one) => !inside.some((other) => JSON.stringify(other) === JSON.stringify(one)),
      )) {
        expect(check({ op, attrs: { ...attrs, [name]: value } }), `${name} ${JSON.stringify(value)}`).toThrow(refused);
      }
    }
  });
});

test("values of entries are those of a part", () => {
  const values = (part: unknown) => check({ op: "entryValues", attrs: { part } });
  for (const part of ["column", "next"]) expect(values(part)).not.toThrow();
  for (const part of ["columns", 0, undefined]) expect(values(part)).toThrow(refused);
});

test("parts of entries are column, next and position", () => {
  const unroll = (part: unknown) => check({ op: "unroll", attrs: { newest: 1, ahead: true, part } });
  for (const part of ["column", "next", "position"]) expect(unroll(part)).not.toThrow();
  for (const part of ["columns", "toString", 0, null, undefined]) expect(unroll(part)).toThrow(refused);
});

describe("the update rule of a parameter", () => {
  const plain = { rate: 0.1, weightDecay: 0 };
  const rules: readonly (readonly [string, Readonly<Record<string, Range>>])[] = [
    ["sgd", {}],
    ["momentum", { momentum: share, nesterov: flag }],
    ["adagrad", { epsilon: least0, initialAccumulator: least0 }],
    ["adam", { beta1: share, beta2: share, epsilon: least0, lazy: flag }],
    ["ftrl", { beta: above0, l1: least0 }],
  ];
  const take = (optimizer: unknown) =>
    check({ op: "param", attrs: { name: "p", init: {}, trainable: true, optimizer } });

  test.each(rules)("%s has its numbers in range", (kind, numbers) => {
    const all = { ...numbers, rate: least0, weightDecay: least0 };
    const right = Object.fromEntries(Object.entries(all).map(([name, { inside }]) => [name, inside[0]]));
    expect(take({ kind, ...right })).not.toThrow();
    for (const [name, { inside, outside }] of Object.entries(all)) {
      for (const value of inside) expect(take({ kind, ...right, [name]: value }), `${name} ${value}`).not.toThrow();
      for (const value of outside) expect(take({ kind, ...right, [name]: value }), `${name} ${value}`).toThrow(refused);
    }
  });

  test.each([undefined])("may be missing", (rule) => expect(take(rule)).not.toThrow());
  test.each([null, "sgd", 7, [], {}, { kind: 1, ...plain }, { kind: "toString", ...plain }, { kind: "sgd" }])(
    "is not %j",
    (rule) => expect(take(rule)).toThrow(refused),
  );
});

describe("what is around instructions", () => {
  const plan = planOf({});
  test.each([
    ["no plan", null],
    ["a list", []],
    ["another version", { ...plan, version: 2 }],
    ["no instructions", { ...plan, instructions: {} }],
    [
      "more than 65,536 instructions",
      { ...plan, instructions: Array.from({ length: 2 ** 16 + 1 }, () => instruction) },
    ],
    ["no outputs", { ...plan, outputs: [] }],
    ["an output behind the last slot", { ...plan, outputs: { y: 1 } }],
    ["an output before the first", { ...plan, outputs: { y: -1 } }],
    ["an output at no slot", { ...plan, outputs: { y: "0" } }],
    ["no instruction", { ...plan, instructions: [null] }],
    ["an op of JavaScript", planOf({ op: "toString" })],
    ["attributes that are a list", planOf({ op: "gather", attrs: [] })],
    ["operands that are no list", planOf({ inputs: 0 })],
    ["an operand that is itself", planOf({ inputs: [0] })],
    ["an operand that is undefined", planOf({ inputs: [undefined] })],
    ["another dtype", planOf({ dtype: "f64" })],
    ["a shape beyond memory", planOf({ shape: [2 ** 18, 2 ** 18 + 1] })],
  ])("%s is refused", (_, wrong) => expect(() => checkStructure(wrong)).toThrow(refused));

  test("as many instructions as may be are taken", () => {
    const instructions = Array.from({ length: 2 ** 16 }, () => instruction);
    expect(() => checkStructure({ ...plan, instructions })).not.toThrow();
  });

  test("data matrices are sparse: their shape is no amount of memory", () => {
    const shape = [2 ** 30, 2 ** 30];
    expect(check({ op: "data", attrs: { name: "d" }, shape })).not.toThrow();
    expect(check({ op: "param", attrs: { name: "d", init: {}, trainable: true }, shape })).toThrow(refused);
  });

  test.each([
    [undefined, "undefined"],
    [null, "null"],
    [[1, 2], "a list of 2"],
    [2n, "2"],
    ["x".repeat(41), `"${"x".repeat(40)}…"`],
    ["x".repeat(40), `"${"x".repeat(40)}"`],
    [() => 1, "function"],
  ])("the refusal says shortly what came", (version, words) => {
    const message = expect.stringContaining(`plan version ${words}`) as string;
    const plain = expect.not.stringContaining("x".repeat(41)) as string;
    expect(() => checkStructure({ ...plan, version })).toThrow(expect.objectContaining({ message }));
    expect(() => checkStructure({ ...plan, version })).toThrow(expect.objectContaining({ message: plain }));
  });
});
