import type { OptimizerSpec, Plan } from "./penchant.ts";

/** Operations and memory traffic of one unit of work (a sample, a triple, a rating, a pair). */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

type Instruction = Plan["instructions"][number];

const FLOAT = 4;

/** Elements per sample of a value that has a batch dimension, elements of one that has none. */
const size = ({ shape }: Pick<Instruction, "shape">): number =>
  shape.reduce((product: number, dim) => (typeof dim === "number" ? product * dim : product), 1);

const isPerSample = ({ shape }: Pick<Instruction, "shape">): boolean => shape[0] === "batch";

function operands(plan: Plan, { inputs }: Instruction): Instruction[] {
  return inputs.map((slot) => plan.instructions[slot]).filter((operand) => operand !== undefined);
}

/**
 * Floating-point operations of one sample: a multiplication and an addition for each product of the matrix products.
 * Only a plan without any (a factorization) is counted by its element-wise ones; elsewhere they are free, which can only
 * make the limit stricter.
 */
export function flopsPerSample(plan: Plan): number {
  const sum = (count: (plan: Plan, instruction: Instruction) => number) =>
    plan.instructions.reduce((total, instruction) => total + count(plan, instruction), 0);
  return sum(productFlops) || sum(elementFlops);
}

/** [batch, k] x [k, n] has k n products a sample, and so has the batch reduction [batch, k]ᵀ x [batch, n]. */
function productFlops(plan: Plan, instruction: Instruction): number {
  const [a, b] = operands(plan, instruction);
  if (instruction.op !== "matmul" || !a || !b || !isPerSample(a)) return 0;
  return 2 * (isPerSample(b) ? size(a) * size(b) : size(b));
}

const elementwise = new Set(["add", "sub", "mul", "div", "affine", "unary", "unaryGrad", "dropout"]);
const reductions = new Set(["reduceTo", "sumLast", "scatterAdd"]);

function elementFlops(plan: Plan, instruction: Instruction): number {
  const source = operands(plan, instruction).find(isPerSample);
  if (elementwise.has(instruction.op)) return source ? size(instruction) : 0;
  return reductions.has(instruction.op) && source ? size(source) : 0;
}

/** Tables that a plan reads row by row, with the number of different ids that look into each. */
function gathered(plan: Plan): Map<Instruction, number> {
  const ids = new Map<Instruction, Set<Instruction>>();
  for (const instruction of plan.instructions) {
    const [table, by] = operands(plan, instruction);
    if (instruction.op === "gather" && table && by) ids.set(table, (ids.get(table) ?? new Set()).add(by));
  }
  return new Map(Array.from(ids, ([table, { size }]) => [table, size]));
}

/** Floats that an optimizer keeps beside each parameter. */
const slots = ({ kind }: Pick<OptimizerSpec, "kind">): number =>
  kind === "adam" ? 2 : kind === "momentum" || kind === "adagrad" ? 1 : 0;

/**
 * Bytes of one sample if the caches held the running batch and nothing else: ids; each row read once, then read
 * and written with its optimizer slots; each dense parameter read twice (forward, backward) and read and written with its
 * slots once a step.
 */
export function bytesPerSample(plan: Plan, optimizer: Pick<OptimizerSpec, "kind">, batch: number): number {
  const update = 2 * (1 + slots(optimizer));
  const tables = gathered(plan);
  let floats = plan.instructions.filter(({ op }) => op === "input").length;
  for (const [table, looks] of tables) floats += looks * (Number(table.shape.at(-1)) || 0) * (1 + update);
  for (const instruction of plan.instructions) {
    if (instruction.op !== "param" || tables.has(instruction)) continue;
    floats += (size(instruction) * (2 + update)) / batch;
  }
  return FLOAT * floats;
}

export const trainingWork = (plan: Plan, optimizer: Pick<OptimizerSpec, "kind">, batch: number): Work => ({
  flops: flopsPerSample(plan),
  bytes: bytesPerSample(plan, optimizer, batch),
});

/**
 * One (user, item) pair when all items are scored for all users: the forward pass, and each table read once in all. A
 * dense layer over a concatenation costs its full product here, although its user half and its item half need computing
 * only once each: the definition's price, not the cleverest one, so that a share above 1 is possible.
 */
export function scoringWork(plan: Plan, users: number, items: number): Work {
  let floats = 0;
  for (const table of gathered(plan).keys()) floats += size(table);
  return { flops: flopsPerSample(plan), bytes: (FLOAT * floats) / (users * items) };
}
