import { fail } from "../core/errors.ts";
import type { Instruction, Plan } from "./plan.ts";
import type { EntryPart, OpAttrs, OpName, UnaryFn, UpdateRule } from "./tensor.ts";

/** The limits of the native core, which refuses larger plans too. */
const MAX_INSTRUCTIONS = 2 ** 16;
const MAX_ELEMENTS = 2 ** 36;
const MAX_RANK = 6;

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isSize: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 36;
const isWord: Check = (value) => isSize(value) && (value as number) < 2 ** 32;
/** Finite as a float32. */
const isReal: Check = (value) => typeof value === "number" && Number.isFinite(Math.fround(value));
const isNonNegative: Check = (value) => isReal(value) && (value as number) >= 0;
const isShare: Check = (value) => isReal(value) && (value as number) >= 0 && (value as number) < 1;
const isSmoothing: Check = (value) => value === undefined || (isNonNegative(value) && (value as number) <= 1);
const isOptionalFlag: Check = (value) => value === undefined || isFlag(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isEntryDropout: Check = (value) =>
  value === undefined || (isObject(value) && isShare(value["rate"]) && isWord(value["id"]));

const functions: { readonly [F in UnaryFn]: true } = {
  relu: true,
  sigmoid: true,
  tanh: true,
  selu: true,
  gelu: true,
  softplus: true,
  exp: true,
  log: true,
  sqrt: true,
  rsqrt: true,
  square: true,
  abs: true,
};
const isFunction: Check = (value) => typeof value === "string" && Object.hasOwn(functions, value);

const parts: { readonly [P in EntryPart]: true } = { column: true, next: true, position: true };
const isPart: Check = (value) => typeof value === "string" && Object.hasOwn(parts, value);
/** A row of so many entries is still told by an int32. */
const isLength: Check = (value) => isSize(value) && (value as number) >= 1 && (value as number) <= 2 ** 20;
const isCount: Check = (value) => isSize(value) && (value as number) >= 1;
/** Sides of images, and of the parts that are looked at. */
const isSide: Check = (value) => isCount(value) && (value as number) <= 2 ** 14;
const isPadding: Check = (value) => value === 0 || isSide(value);
const isPooled: Check = (value) => value === "max" || value === "mean";
/** Told by a float32 to the unit. */
const isDrawable: Check = (value) => isCount(value) && (value as number) <= 2 ** 24;
const isPositive: Check = (value) => isReal(value) && Math.fround(value as number) > 0;

/** The numbers of each update rule. */
const rules: { readonly [K in UpdateRule["kind"]]: Readonly<Record<string, Check>> } = {
  sgd: {},
  momentum: { momentum: isShare, nesterov: isFlag },
  adagrad: { epsilon: isNonNegative, initialAccumulator: isNonNegative },
  adam: { beta1: isShare, beta2: isShare, epsilon: isNonNegative, lazy: isFlag },
  ftrl: { beta: isPositive, l1: isNonNegative },
};
const isRule: Check = (value) => {
  if (!isObject(value)) return false;
  const { kind, ...numbers } = value as Record<string, unknown>;
  if (typeof kind !== "string" || !Object.hasOwn(rules, kind)) return false;
  const wanted = { ...rules[kind as UpdateRule["kind"]], rate: isNonNegative, weightDecay: isNonNegative };
  return Object.entries(wanted).every(([name, check]) => check(numbers[name]));
};

const isLead = (size: unknown): boolean => size === "batch" || size === "entries";
const sizesOf = (shape: readonly unknown[]): readonly unknown[] => (isLead(shape[0]) ? shape.slice(1) : shape);

/** The batch or its entries, if there are, first; then positive sizes. */
const areSizes = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) &&
  value.length <= MAX_RANK &&
  sizesOf(value).every((size) => isSize(size) && (size as number) > 0);

/** Sizes of a value that is in memory as a whole. */
const isShape: Check = (value) =>
  areSizes(value) && (sizesOf(value) as number[]).reduce((product, size) => product * size, 1) <= MAX_ELEMENTS;

/** What each attribute of each op may be: total, so that an op without its row does not compile. */
const attributes: { readonly [K in OpName]: { readonly [A in keyof OpAttrs[K]]-?: Check } } = {
  input: { name: isText },
  param: {
    name: isText,
    init: isObject,
    trainable: isFlag,
    l2: (value) => value === undefined || isNonNegative(value),
    optimizer: (value) => value === undefined || isRule(value),
  },
  data: { name: isText, ordered: (value) => value === undefined || isFlag(value) },
  gather: {},
  bag: { dropout: isEntryDropout },
  denseRows: {},
  spmm: { transpose: isFlag },
  through: { transpose: isFlag },
  scatterAdd: { rows: (value) => isSize(value) && (value as number) > 0 },
  scatterBag: { dropout: isEntryDropout },
  sparseSum: {},
  toDense: {},
  matmul: { transposeA: isFlag, transposeB: isFlag },
  batchMatmul: { transposeA: isFlag, transposeB: isFlag },
  add: {},
  sub: {},
  mul: {},
  div: {},
  reduceTo: { rank: isSize, mean: isFlag },
  broadcastTo: { shape: isShape, mean: isFlag },
  sumLast: {},
  expandLast: { size: isSize },
  affine: { scale: isReal, offset: isReal },
  unary: { fn: isFunction },
  unaryGrad: { fn: isFunction },
  concat: {},
  slice: { start: isSize, size: isSize },
  pad: { before: isSize, after: isSize },
  reshape: { shape: isShape },
  dropout: { rate: isShare, id: isWord },
  bernoulli: { id: isWord },
  categorical: { id: isWord },
  draw: { count: isDrawable, rows: isDrawable, id: isWord },
  pick: {},
  putBack: { rows: isDrawable },
  normal: { shape: isShape, id: isWord },
  tableLogSumExp: {},
  tableLogSumExpGrad: { of: (value) => value === "rows" || value === "table" },
  unfold: { size: isSide, stride: isSide, padding: isPadding },
  fold: { size: isSide, stride: isSide, padding: isPadding, height: isSide, width: isSide },
  pool: { of: isPooled, size: isSide, stride: isSide },
  poolGrad: { of: isPooled, size: isSide, stride: isSide },
  stopGradient: {},
  unroll: { newest: isLength, ahead: isFlag, part: isPart },
  entryValues: { part: isPart },
  last: {},
  atLast: {},
  shift: { by: (value) => Number.isSafeInteger(value) && Math.abs(value as number) <= 2 ** 20 },
  gru: {},
  gruGrad: {},
  layerNorm: { epsilon: isPositive },
  layerNormGrad: { epsilon: isPositive },
  attention: { heads: isCount, rate: isShare, id: isWord },
  attentionGrad: { heads: isCount, rate: isShare, id: isWord },
  crossAttention: { smoothing: isSmoothing, units: isOptionalFlag },
  crossAttentionGrad: {
    of: (value) => value === "query" || value === "keys" || value === "values",
    ...{ smoothing: isSmoothing, units: isOptionalFlag },
  },
  crossBag: { id: isWord },
  crossBagGrad: { id: isWord, rows: (value) => isCount(value) && (value as number) < 2 ** 31 },
  batchLogSumExp: {},
  batchLogSumExpGrad: { of: (value) => value === "queries" || value === "keys" },
  constant: { value: isReal },
};

/** Throws GRAPH_PLAN where a value (of anywhere) has not the form of a plan; what it means is not looked at. */
export function checkStructure(plan: unknown): asserts plan is Plan {
  if (!isObject(plan)) return reject(describe(plan), "a plan");
  const { version, instructions, outputs } = plan;
  if (version !== 1) reject(`plan version ${describe(version)}`, "version 1");
  if (!Array.isArray(instructions)) return reject(describe(instructions), "a list of instructions");
  if (instructions.length > MAX_INSTRUCTIONS) {
    reject(`${instructions.length} instructions`, `at most ${MAX_INSTRUCTIONS}`);
  }
  for (const [slot, instruction] of instructions.entries()) checkInstruction(instruction, slot);
  if (!isObject(outputs)) return reject(describe(outputs), "outputs");
  for (const [name, slot] of Object.entries(outputs)) {
    const exists = isSize(slot) && (slot as number) < instructions.length;
    if (!exists) reject(`output "${name}" at slot ${describe(slot)}`, `a slot below ${instructions.length}`);
  }
}

function checkInstruction(x: unknown, slot: number): asserts x is Instruction {
  if (!isObject(x)) return reject(`${describe(x)} at slot ${slot}`, "an instruction");
  const { op, attrs = {}, inputs, dtype, shape } = x;
  const ops = Object.keys(attributes);
  if (typeof op !== "string" || !ops.includes(op)) {
    reject(`op ${describe(op)} at slot ${slot}`, `one of ${ops.join(", ")}`);
  }
  if (!isObject(attrs)) return reject(`attributes ${describe(attrs)} at slot ${slot}`, "an object");
  const checks = Object.entries(attributes[op as OpName]) as [string, Check][];
  for (const [name, check] of checks) {
    if (!check(attrs[name])) reject(`${name} ${describe(attrs[name])} of ${op} at slot ${slot}`, "a value in range");
  }
  if (!Array.isArray(inputs)) return reject(`inputs ${describe(inputs)} at slot ${slot}`, "a list of slots");
  const later = inputs.find((input) => !isSize(input) || input >= slot);
  if (later !== undefined || inputs.includes(undefined)) {
    reject(`operand %${describe(later)} at slot ${slot}`, "an earlier slot");
  }
  if (dtype !== "f32" && dtype !== "i32") reject(`dtype ${describe(dtype)} at slot ${slot}`, "f32 or i32");
  // Data matrices are sparse: their shape is no amount of memory.
  const fits = op === "data" ? areSizes : isShape;
  if (!fits(shape)) reject(`shape ${describe(shape)} at slot ${slot}`, "sizes of a value that fits memory");
}

/** Short, whatever it is. */
function describe(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return value === null ? "null" : typeof value;
}

export function reject(received: string, expected: string): never {
  return fail("GRAPH_PLAN", { what: "The plan is not well formed", expected, received });
}
