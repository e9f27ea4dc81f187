/**
 * Scores that are an inner product of something of the user and something of the item, taken apart: what an index of item
 * vectors needs. Found in the plan, so that models say nothing of it.
 */
import { add, affine, broadcastTo, concat, constant, expandLast, gather, input, mul, reshape } from "./ops.ts";
import { lower, type Plan } from "./plan.ts";
import { type OpAttrs, Tensor } from "./tensor.ts";

export interface ScoreProduct {
  /** user → `score` `[batch, width]`: the form in which scorers give rows. */
  readonly user: Plan;
  /** item → `vector` `[batch, width]`. The inner product with a user's row is the score, but for rounding. */
  readonly item: Plan;
}

/** What a score is the sum of. */
interface Parts {
  /** Values `[batch, width]`, to be multiplied with each other and added up. */
  readonly products: readonly (readonly [user: Tensor, item: Tensor])[];
  /** Values `[batch, 1]` of the item alone, and of the user alone. */
  readonly ofItem: readonly Tensor[];
  readonly ofUser: readonly Tensor[];
}

/** Undefined where the score is another function of user and item. */
export function scoreProduct(plan: Plan): ScoreProduct | undefined {
  const tensors: Tensor[] = [];
  for (const { op, attrs, inputs, dtype, shape } of plan.instructions) {
    tensors.push(
      new Tensor(
        op,
        attrs,
        inputs.map((slot) => tensors[slot] as Tensor),
        dtype,
        shape,
      ),
    );
  }
  const score = tensors[plan.outputs["score"] as number] as Tensor;
  const asked = tensors.find((t) => isInput(t, "item")) as Tensor<"i32"> | undefined;
  const parts = new Analysis(asked ?? input("item", "i32")).partsOf(score);
  if (!parts || parts.products.length === 0) return undefined;
  const one = broadcastTo(constant(1), ["batch", 1]);
  const ends = [
    ...(parts.ofItem.length > 0 ? [[one, sum(parts.ofItem)] as const] : []),
    ...(parts.ofUser.length > 0 ? [[sum(parts.ofUser), one] as const] : []),
  ];
  const pairs = [...parts.products, ...ends];
  const [user, item] = [0, 1].map((side) => concat(...(pairs.map((pair) => pair[side]) as [Tensor]))) as [
    Tensor,
    Tensor,
  ];
  return { user: lower({ score: user }), item: lower({ vector: item }) };
}

const sum = (values: readonly Tensor[]): Tensor => values.reduce((a, b) => add(a, b));

const isInput = ({ op, attrs }: Tensor, name: string) => op === "input" && (attrs as OpAttrs["input"]).name === name;

const USER = 1;
const ITEM = 2;

class Analysis {
  readonly #item: Tensor<"i32">;
  readonly #known = new Map<Tensor, number>();

  constructor(item: Tensor<"i32">) {
    this.#item = item;
  }

  partsOf(x: Tensor): Parts | undefined {
    const side = this.#reads(x);
    if (side === ITEM) return { products: [], ofItem: [column(x)], ofUser: [] };
    const inputs = x.inputs as readonly [Tensor, Tensor];
    if (x.op === "matmul") return this.#ofMatmul(x as Tensor<"f32", "matmul">);
    if (side !== USER + ITEM && x.shape.at(-1) !== "batch" && x.shape.at(-1) !== 1 && x.shape.length > 0) {
      return x.op === "affine" ? this.#ofAffine(x) : undefined; // a row of scores that is no product
    }
    if (side !== USER + ITEM) return { products: [], ofItem: [], ofUser: [column(x)] };
    if (x.op === "add" || x.op === "sub") return joined(this.partsOf(inputs[0]), this.partsOf(inputs[1]), x.op);
    if (x.op === "affine") return this.#ofAffine(x);
    if (x.op === "reshape" && inputs[0].shape.at(-1) === 1) return this.partsOf(inputs[0]);
    return x.op === "sumLast" ? product(this.#factors(inputs[0])) : undefined;
  }

  #ofAffine(x: Tensor): Parts | undefined {
    const { scale, offset } = x.attrs as OpAttrs["affine"];
    const parts = scaled(this.partsOf(x.inputs[0] as Tensor), scale);
    if (offset === 0 || !parts) return parts;
    return { ...parts, ofUser: [...parts.ofUser, broadcastTo(constant(offset), ["batch", 1])] };
  }

  /** A weighted sum of a product's elements, or a query times a table with a row per item. */
  #ofMatmul({ inputs, attrs: { transposeA, transposeB } }: Tensor<"f32", "matmul">): Parts | undefined {
    const [x, table] = inputs as readonly [Tensor, Tensor];
    if (transposeA || this.#reads(table) !== 0) return undefined;
    if (transposeB) return this.#reads(x) === USER ? product([x, gather(table, this.#item)]) : undefined;
    const [width, columns] = table.shape as readonly [number, number];
    const factors = this.#factors(x);
    return columns === 1 && factors ? product([factors[0], mul(factors[1], reshape(table, [width]))]) : undefined;
  }

  /** A value as something of the user times something of the item. */
  #factors(x: Tensor): readonly [user: Tensor, item: Tensor] | undefined {
    if (x.op !== "mul") return undefined;
    const [a, b] = x.inputs as readonly [Tensor, Tensor];
    const sides = [this.#reads(a), this.#reads(b)];
    if (sides[0] === USER && sides[1] === ITEM) return [a, b];
    return sides[0] === ITEM && sides[1] === USER ? [b, a] : undefined;
  }

  /** Which inputs a value depends on. */
  #reads(x: Tensor): number {
    const known = this.#known.get(x);
    if (known !== undefined) return known;
    const own = isInput(x, "user") ? USER : isInput(x, "item") ? ITEM : 0;
    const reads = x.inputs.reduce((sides, one) => sides | this.#reads(one), own);
    this.#known.set(x, reads);
    return reads;
  }
}

const product = (factors: readonly [Tensor, Tensor] | undefined): Parts | undefined =>
  factors && { products: [factors], ofItem: [], ofUser: [] };

function scaled(parts: Parts | undefined, by: number): Parts | undefined {
  if (!parts || by === 1) return parts;
  const all = (values: readonly Tensor[]) => values.map((x) => affine(x, by));
  const products = parts.products.map(([user, item]) => [user, affine(item, by)] as const);
  return { products, ofItem: all(parts.ofItem), ofUser: all(parts.ofUser) };
}

function joined(a: Parts | undefined, b: Parts | undefined, op: "add" | "sub"): Parts | undefined {
  const other = op === "sub" ? scaled(b, -1) : b;
  if (!a || !other) return undefined;
  return {
    products: [...a.products, ...other.products],
    ofItem: [...a.ofItem, ...other.ofItem],
    ofUser: [...a.ofUser, ...other.ofUser],
  };
}

/** As `[batch, 1]`. */
function column(x: Tensor): Tensor {
  if (x.shape[0] !== "batch") return broadcastTo(reshape(x, []), ["batch", 1]);
  return x.shape.length === 1 ? expandLast(x, 1) : x;
}
