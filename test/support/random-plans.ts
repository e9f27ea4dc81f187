import { below, hash, unit } from "../../src/core/random.ts";
import type { DataMatrices, Feeds } from "../../src/engine/contract.ts";
import { gradients } from "../../src/graph/gradients.ts";
import * as op from "../../src/graph/ops.ts";
import { lower, type Plan } from "../../src/graph/plan.ts";
import { type Tensor, topologicalOrder, type UnaryFn } from "../../src/graph/tensor.ts";
import { sparseMatrix } from "./sparse.ts";

export const users = 5;
/** One more than the block of items that scoring works on. */
export const items = 257;

/** A plan of random operations with the gradients of all its parameters, and something to feed it. */
export interface RandomPlan {
  readonly plan: Plan;
  readonly parameters: Readonly<Record<string, Float32Array>>;
  readonly feeds: Feeds;
  readonly data: DataMatrices;
}

/** Functions that keep a value of moderate size moderate, on all of the real line. */
const bounded: readonly UnaryFn[] = ["relu", "sigmoid", "tanh", "selu", "gelu", "softplus", "square", "abs"];
/** Functions for positive arguments. */
const positive: readonly UnaryFn[] = ["log", "sqrt", "rsqrt"];

/** Draws graphs: every decision is a hash of the seed and of how many were made before. */
class Drawer {
  readonly #seed: number;
  #draws = 0;
  readonly #shared = new Map<string, Tensor>();
  #parameters = 0;
  /** Layers that may be used again, on other values of width k. */
  readonly #layers: { readonly k: number; readonly kernel: Tensor; readonly bias: Tensor }[] = [];
  /** Who has to do with what: plans propagate along it. */
  readonly #graph = op.data("graph", users, items);
  /** Values so far; operations take from the whole pool, so graphs branch and join. */
  readonly pool: Tensor[] = [];
  readonly ids = [op.input("user", "i32"), op.input("item", "i32")] as const;
  readonly #batchwide: boolean;

  /** `batchwide`: with labels, dropout and sums over the batch. */
  constructor(seed: number, batchwide = true) {
    this.#seed = seed;
    this.#batchwide = batchwide;
    this.pool.push(this.gather(), this.gather(), op.sumLast(this.gather()));
    if (batchwide) this.pool.push(op.input("label", "f32"));
  }

  below(n: number): number {
    return below(hash(this.#seed, this.#draws++), n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  param(shape: readonly number[]): Tensor {
    const name = `p${this.#parameters++}`;
    return op.param(name, shape, { kind: "zeros" });
  }

  /** A lookup, sometimes in a table that was used before. */
  gather(): Tensor {
    const side = this.below(2);
    const width = 1 + this.below(9);
    const key = `${side} ${this.below(2) === 0 ? width : "old"}`;
    const table = this.#shared.get(key) ?? this.param([side === 0 ? users : items, width]);
    this.#shared.set(key, table);
    const ids = this.ids[side] as Tensor<"i32">;
    return this.below(4) === 0 ? op.gather(this.propagated(table, side), ids) : op.gather(table, ids);
  }

  /** A table of users (side 0) or items made of one, by steps on all of its rows. */
  propagated(table: Tensor, side: number): Tensor {
    let x = table;
    for (let steps = 1 + this.below(4); steps > 0; steps--) {
      const [rows, width] = x.shape as readonly [number, number];
      x = this.pick([
        () => this.neighbours(x, side),
        () => op.add(x, this.neighbours(x, side)),
        () => op.unary(this.pick(bounded), op.affine(x, 0.5, 0.1)),
        () =>
          op.mul(x, this.pick([() => this.param([width]), () => this.param([rows, width]), () => this.param([])])()),
        () => op.mul(x, op.expandLast(op.unary("sigmoid", op.sumLast(x)), width)),
        () => op.matmul(x, this.param([width, 1 + this.below(5)])),
        () => op.concat(x, op.slice(x, 0, 1)),
        () => op.pad(op.slice(x, width - 1, 1), 1, 0),
        () => op.sub(x, op.reduceTo(x, this.below(2), true)),
      ])();
    }
    return op.unary("tanh", x);
  }

  /** There and back again along the graph. */
  neighbours(x: Tensor, side: number): Tensor {
    const there = op.affine(op.spmm(this.#graph, x, { transpose: side === 0 }), 0.1);
    return op.affine(op.spmm(this.#graph, op.unary("tanh", there), { transpose: side !== 0 }), 0.1);
  }

  /** A value `[batch, width]`. */
  matrix(): Tensor {
    const found = this.pool.filter((x) => x.shape.length === 2 && x.shape[0] === "batch");
    return this.pick(found);
  }

  rows(): Tensor {
    return this.pick(this.pool.filter((x) => x.shape[0] === "batch"));
  }

  /** Something that fits beside x: of its shape, or of the end of it. */
  partner(x: Tensor): Tensor {
    const tail = x.shape.slice(1) as number[];
    const same = this.pool.filter((y) => y !== x && y.shape.join() === x.shape.join());
    const choices: (() => Tensor)[] = [
      () => op.reduceTo(this.propagated(this.param([users, 3]), 0), 0, true),
      () => this.param([]),
      () => this.param(tail.slice(this.below(tail.length + 1))),
      () => op.unary("tanh", this.param(tail)),
      () => x,
    ];
    if (same.length > 0) choices.push(() => this.pick(same));
    return this.pick(choices)();
  }

  grow(): void {
    const x = this.pick(this.steps)();
    // Values grow through sums and squares: bring them back now and then.
    this.pool.push(this.below(3) === 0 && x.shape.length > 0 ? op.unary("tanh", x) : x);
  }

  readonly steps: readonly (() => Tensor)[] = [
    () => this.gather(),
    () => this.dense(),
    () => this.dense(),
    () => this.arithmetic(),
    () => this.arithmetic(),
    () => op.unary(this.pick(bounded), this.rows()),
    () => op.unary(this.pick(positive), op.affine(op.unary("sigmoid", this.rows()), 1, 0.3)),
    () => op.unary("exp", op.unary("tanh", this.rows())),
    () => op.concat(this.matrix(), this.matrix(), ...(this.below(2) === 0 ? [this.matrix()] : [])),
    () => this.slice(),
    () => op.pad(this.matrix(), this.below(3), this.below(3)),
    () => op.sumLast(this.matrix()),
    () => op.expandLast(this.pick(this.pool.filter((x) => x.shape.join() === "batch")), 1 + this.below(4)),
    () => (this.#batchwide ? op.dropout(this.rows(), 0.3, this.below(1000)) : this.rows()),
    () => (this.#batchwide ? op.normal(this.matrix().shape, this.below(1000)) : this.rows()),
    () => (this.#batchwide ? this.normalizer() : this.rows()),
    () => op.stopGradient(this.rows()),
    () => this.normalized(),
    () => this.reshaped(),
    () => op.affine(this.rows(), 0.5, -0.25),
  ];

  dense(): Tensor {
    const x = this.matrix();
    const k = x.shape[1] as number;
    const used = this.#layers.filter((layer) => layer.k === k);
    if (used.length > 0 && this.below(2) === 0) {
      const { kernel, bias } = this.pick(used);
      return op.add(op.matmul(x, kernel), bias);
    }
    const n = 1 + this.below(17);
    if (this.below(3) === 0) {
      const layer = { k, kernel: this.param([k, n]), bias: this.param([n]) };
      this.#layers.push(layer);
      return op.add(op.matmul(x, layer.kernel), layer.bias);
    }
    const product =
      this.below(3) === 0
        ? op.matmul(x, this.param([n, k]), { transposeB: true })
        : op.matmul(x, this.below(4) === 0 ? op.unary("tanh", this.param([k, n])) : this.param([k, n]));
    const biased = this.below(3) === 0 ? product : op.add(product, this.param([n]));
    return this.below(2) === 0 ? biased : op.unary(this.pick(["relu", "relu", "selu", "gelu"] as const), biased);
  }

  /** Of a softmax over a table, which may be made of another one. */
  normalizer(): Tensor {
    const x = this.matrix();
    const table = this.param([1 + this.below(2 * items), x.shape[1] as number]);
    return op.tableLogSumExp(x, this.below(2) === 0 ? table : op.unary("tanh", table));
  }

  arithmetic(): Tensor {
    const x = this.rows();
    const y = this.partner(x);
    const [a, b] = this.below(2) === 0 ? [x, y] : [y, x];
    const operation = this.pick([op.add, op.sub, op.mul, op.mul, op.div] as const);
    return operation === op.div ? op.div(a, op.affine(op.unary("sigmoid", b), 1, 0.5)) : operation(a, b);
  }

  slice(): Tensor {
    const x = this.matrix();
    const width = x.shape[1] as number;
    const start = this.below(width);
    return op.slice(x, start, 1 + this.below(width - start));
  }

  /** Sums over the batch that flow back into every row. */
  normalized(): Tensor {
    const x = this.rows();
    if (!this.#batchwide) return x;
    const mean = op.reduceTo(x, this.below(2) === 0 ? 0 : x.shape.length - 1, this.below(4) > 0);
    const squashed = this.below(2) === 0 ? op.unary("tanh", mean) : op.unary("sigmoid", op.affine(mean, 0.1));
    return op.sub(x, squashed);
  }

  /** `[batch, a, b]` and back, with something done in between. */
  reshaped(): Tensor {
    const x = this.matrix();
    const width = x.shape[1] as number;
    const lead = [3, 2, 1].find((d) => width % d === 0) ?? 1;
    const folded = op.reshape(x, ["batch", lead, width / lead]);
    const done = this.pick([
      () => op.mul(folded, this.param([width / lead])),
      () => op.unary("tanh", op.add(folded, this.param([lead, width / lead]))),
      () => op.concat(folded, folded),
      () => op.slice(folded, 0, Math.max(1, width / lead - 1)),
      () => op.pad(folded, 1, 0),
    ])();
    if (this.below(2) === 0) return op.sumLast(done);
    const [, a, b] = done.shape as readonly [unknown, number, number];
    return op.reshape(done, ["batch", a * b]);
  }
}

/** The plan of a seed, for a batch of `rows`. */
export function randomPlan(seed: number, rows: number): RandomPlan {
  const drawer = new Drawer(seed);
  const size = 4 + drawer.below(14);
  for (let i = 0; i < size; i++) drawer.grow();
  const last = drawer.pool.at(-1) as Tensor;
  const terms = [last, drawer.rows(), drawer.rows()].map((x) => op.mean(op.unary("tanh", x)));
  const loss = terms.reduce((a, b) => op.add(a, b));
  const learned = topologicalOrder([loss]).filter(({ op: name }) => name === "param");
  const reached = learned.filter((p) => hasGradient(loss, p));
  const grads = [...gradients(loss, reached)].map(([p, grad]) => [`grad:${nameOf(p)}`, grad] as const);
  const plan = lower({ loss, last, some: drawer.rows(), ...Object.fromEntries(grads) });
  return { plan, parameters: values(plan, seed), feeds: feeds(plan, rows, seed), data: matrices(seed) };
}

/** A plan of user and item to a score, of operations that look at each pair by itself. */
export function randomScorePlan(seed: number): Pick<RandomPlan, "plan" | "parameters" | "data"> {
  const drawer = new Drawer(seed, false);
  const size = 3 + drawer.below(14);
  for (let i = 0; i < size; i++) drawer.grow();
  const { pool } = drawer;
  // A product of a user's with an item's vector, as most models have one.
  const width = 1 + drawer.below(9);
  const vectors = drawer.ids.map((ids, side) => op.gather(drawer.param([side === 0 ? users : items, width]), ids));
  pool.push(op.mul(vectors[0] as Tensor, vectors[1] as Tensor));
  const whole = op.concat(pool.at(-1) as Tensor, drawer.matrix(), drawer.matrix());
  const head = op.squeezeLast(op.matmul(whole, drawer.param([whole.shape[1] as number, 1])));
  const hidden = op.unary(
    "relu",
    op.add(op.matmul(whole, drawer.param([whole.shape[1] as number, 6])), drawer.param([6])),
  );
  const score = drawer.pick([
    () => head,
    () => op.add(head, drawer.param([])),
    () => op.sumLast(pool.at(-1) as Tensor),
    () => op.add(op.sumLast(hidden), head),
    () => op.sumLast(drawer.matrix()),
  ])();
  const plan = lower({ score });
  return { plan, parameters: values(plan, seed), data: matrices(seed) };
}

const matrices = (seed: number): DataMatrices => ({ graph: sparseMatrix(seed, users, items, 3) });

const nameOf = (p: Tensor): string => (p.attrs as { name: string }).name;

/** stopGradient may cut a parameter off. */
function hasGradient(loss: Tensor, p: Tensor): boolean {
  try {
    gradients(loss, [p]);
    return true;
  } catch {
    return false;
  }
}

function values(plan: Plan, seed: number): Record<string, Float32Array> {
  const drawn: Record<string, Float32Array> = {};
  for (const [slot, { op: name, attrs, shape }] of plan.instructions.entries()) {
    if (name !== "param") continue;
    const size = shape.reduce<number>((product, d) => product * (d as number), 1);
    drawn[(attrs as { name: string }).name] = Float32Array.from(
      { length: size },
      (_, i) => unit(hash(seed, 1, slot, i)) * 1.6 - 0.8,
    );
  }
  return drawn;
}

function feeds(plan: Plan, rows: number, seed: number): Feeds {
  const all = {
    user: Int32Array.from({ length: rows }, (_, i) => below(hash(seed, 2, i), users)),
    item: Int32Array.from({ length: rows }, (_, i) => below(hash(seed, 3, i), items)),
    label: Float32Array.from({ length: rows }, (_, i) => unit(hash(seed, 4, i))),
  };
  const read = plan.instructions.flatMap((x) => (x.op === "input" ? [(x.attrs as { name: string }).name] : []));
  return Object.fromEntries(Object.entries(all).filter(([name]) => read.includes(name)));
}
