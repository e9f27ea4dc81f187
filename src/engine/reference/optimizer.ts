import type { OpAttrs, UpdateRule } from "../../graph/tensor.ts";
import type { OptimizerSpec } from "../contract.ts";
import type { SparseRows } from "./kernels.ts";

/** The gradient of a parameter: the whole array, or rows of a table, which may repeat and then add up. */
export type Gradient = Float64Array | SparseRows;

/** How parameters learn that are not as the training says, by name. */
export type OwnTraining = Readonly<Record<string, Pick<OpAttrs["param"], "l2" | "optimizer">>>;

/** How one parameter is updated in a step. */
interface Update {
  readonly rule: UpdateRule;
  readonly rate: number;
  readonly l2: number;
  readonly weightDecay: number;
  readonly scale: number;
}

type Ftrl = Extract<UpdateRule, { readonly kind: "ftrl" }>;

/** A stretch of a parameter with its gradient. Stretches that the batch did not touch only appear for exact Adam. */
interface Span {
  readonly offset: number;
  readonly gradient: Float64Array;
  readonly touched: boolean;
}

const SLOTS = { sgd: [], momentum: ["m"], adagrad: ["v"], adam: ["m", "v"], ftrl: ["m", "v"] } as const;

/**
 * Updates parameters in place from their gradients, with the formulas of PyTorch: gradients are first clipped by their
 * global norm, then L2 is added, then decoupled decay shrinks the weight, then the rule is applied; FTRL regularizes what it solves for. Sums are float64;
 * weights and slots are stored as float32, so that a saved state is the whole state.
 */
export class Optimizer {
  readonly #spec: OptimizerSpec;
  readonly #parameters: Readonly<Record<string, Float64Array>>;
  readonly #own: OwnTraining;
  readonly #slots: Record<string, Float32Array> = {};
  #steps = 0;

  constructor(
    spec: OptimizerSpec,
    parameters: Readonly<Record<string, Float64Array>>,
    trained: readonly string[],
    own: OwnTraining = {},
  ) {
    this.#spec = spec;
    this.#own = own;
    this.#parameters = parameters;
    for (const name of trained) {
      const rule = this.#rule(name);
      for (const slot of SLOTS[rule.kind]) {
        const initial = rule.kind === "adagrad" ? rule.initialAccumulator : 0;
        this.#slots[`${name}#${slot}`] = new Float32Array(this.#array(name).length).fill(initial);
      }
    }
  }

  /** One update of every parameter that has a gradient. */
  step(gradients: Readonly<Record<string, Gradient>>, rate: number): void {
    this.#steps++;
    const merged = Object.entries(gradients).map(([name, gradient]) => ({ name, spans: toSpans(gradient) }));
    const scale = this.#clipScale(merged.flatMap(({ spans }) => spans));
    for (const { name, spans } of merged) {
      const update = this.#updateOf(name, scale, rate);
      const { rule } = update;
      const movesEverything = rule.kind === "adam" && !rule.lazy;
      const all = movesEverything ? withUntouched(spans, this.#array(name).length) : spans;
      for (const span of all) this.#update(name, span, update);
    }
  }

  /** Copies of the slots (`NAME#m`, `NAME#v`) and of the step count (`#step`, exact up to 2^24). */
  state(): Record<string, Float32Array> {
    const slots = Object.entries(this.#slots).map(([name, values]) => [name, values.slice()] as const);
    return { ...Object.fromEntries(slots), "#step": Float32Array.of(this.#steps) };
  }

  restore(state: Readonly<Record<string, Float32Array>>): void {
    for (const [name, slot] of Object.entries(this.#slots)) slot.set(state[name] ?? []);
    this.#steps = state["#step"]?.[0] ?? 0;
  }

  #array(name: string): Float64Array {
    return this.#parameters[name] ?? new Float64Array();
  }

  #rule(name: string): UpdateRule {
    return this.#own[name]?.optimizer ?? this.#spec;
  }

  #updateOf(name: string, scale: number, rate: number): Update {
    const { l2 = this.#spec.l2, optimizer } = this.#own[name] ?? {};
    const { rate: times, weightDecay } = optimizer ?? { rate: 1, weightDecay: this.#spec.weightDecay };
    return { rule: this.#rule(name), rate: Math.fround(rate * times), l2, weightDecay, scale };
  }

  /** PyTorch's clip_grad_norm_: min(1, clipNorm / (norm + 1e-6)). */
  #clipScale(spans: readonly Span[]): number {
    if (this.#spec.clipNorm === 0) return 1;
    let squares = 0;
    for (const { gradient } of spans) for (const g of gradient) squares += g * g;
    return Math.min(1, this.#spec.clipNorm / (Math.sqrt(squares) + 1e-6));
  }

  #update(name: string, { offset, gradient, touched }: Span, update: Update): void {
    const weights = this.#array(name);
    const { rule, rate, l2, weightDecay, scale } = update;
    for (let j = 0; j < gradient.length; j++) {
      const i = offset + j;
      const w = weights[i] ?? 0;
      if (rule.kind === "ftrl") {
        weights[i] = Math.fround(this.#solve(name, i, scale * (gradient[j] ?? 0), w, { ...update, rule }));
        continue;
      }
      const g = scale * (gradient[j] ?? 0) + (touched ? l2 * w : 0);
      const decayed = touched ? w - rate * weightDecay * w : w;
      weights[i] = Math.fround(decayed - rate * this.#direction(name, rule, i, g));
    }
  }

  /**
   * FTRL-Proximal: the new weight i, of all gradients so far; advances the slots. Slot m is the paper's z times the rate: a rate that
   * changes leaves what was learned where it is. A weight that never had a gradient starts from the m whose solution it is.
   */
  #solve(name: string, i: number, g: number, w: number, update: Update & { readonly rule: Ftrl }): number {
    const { rule, rate, l2 } = update;
    const m = this.#slots[`${name}#m`] as Float32Array;
    const v = this.#slots[`${name}#v`] as Float32Array;
    const [m0, n0] = [m[i] ?? 0, v[i] ?? 0];
    const divisor = (n: number) => rule.beta + Math.sqrt(n) + rate * l2;
    const start = m0 === 0 && n0 === 0 ? -(w * divisor(0) + Math.sign(w) * rate * rule.l1) : m0;
    const n = n0 + g * g;
    const z = start + rate * g - (Math.sqrt(n) - Math.sqrt(n0)) * w;
    m[i] = z;
    v[i] = n;
    return Math.abs(z) <= rate * rule.l1 ? 0 : -(z - Math.sign(z) * rate * rule.l1) / divisor(n);
  }

  /** What the rule subtracts from weight i, per unit of learning rate; advances the slots. */
  #direction(name: string, spec: Exclude<UpdateRule, Ftrl>, i: number, g: number): number {
    const m = this.#slots[`${name}#m`] as Float32Array; // absent only for rules that do not read it
    const v = this.#slots[`${name}#v`] as Float32Array;
    if (spec.kind === "sgd") return g;
    if (spec.kind === "momentum") {
      m[i] = spec.momentum * (m[i] ?? 0) + g;
      return spec.nesterov ? g + spec.momentum * m[i] : m[i];
    }
    if (spec.kind === "adagrad") {
      v[i] = (v[i] ?? 0) + g * g;
      return g / (Math.sqrt(v[i]) + spec.epsilon);
    }
    m[i] = spec.beta1 * (m[i] ?? 0) + (1 - spec.beta1) * g;
    v[i] = spec.beta2 * (v[i] ?? 0) + (1 - spec.beta2) * g * g;
    const correction1 = 1 - spec.beta1 ** this.#steps;
    const correction2 = 1 - spec.beta2 ** this.#steps;
    return m[i] / correction1 / (Math.sqrt(v[i] / correction2) + spec.epsilon);
  }
}

/** Adds up repeated rows; a dense gradient is one span. */
function toSpans(gradient: Gradient): Span[] {
  if (gradient instanceof Float64Array) return [{ offset: 0, gradient, touched: true }];
  const { ids, values, width } = gradient;
  const rows = new Map<number, Float64Array>();
  for (const [i, id] of ids.entries()) {
    const sum = rows.get(id) ?? new Float64Array(width);
    for (let j = 0; j < width; j++) sum[j] = (sum[j] ?? 0) + (values[i * width + j] ?? 0);
    rows.set(id, sum);
  }
  return [...rows].map(([id, sum]) => ({ offset: id * width, gradient: sum, touched: true }));
}

/** Fills the gaps between spans with zero gradients. */
function withUntouched(spans: readonly Span[], length: number): Span[] {
  const ordered = spans.toSorted((a, b) => a.offset - b.offset);
  const all: Span[] = [];
  let end = 0;
  for (const span of [...ordered, { offset: length, gradient: new Float64Array(), touched: false }]) {
    if (span.offset > end) all.push({ offset: end, gradient: new Float64Array(span.offset - end), touched: false });
    all.push(span);
    end = span.offset + span.gradient.length;
  }
  return all;
}
