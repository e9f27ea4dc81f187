import type { DataMatrices } from "../core/csr.ts";
import { givesWay } from "../core/turns.ts";
import type { Engine } from "../engine/contract.ts";
import type { Plan } from "../graph/plan.ts";
import { narrowed, type Parameters } from "./tables.ts";

/** Items of one evaluation of the plan. */
const BLOCK = 4096;

/** The items' learned rows side by side, each item's scaled to length 1 (a zero vector stays zero). */
export class ItemVectors {
  readonly #vectors: Float32Array;
  readonly #width: number;

  static async of(
    engine: Engine,
    plan: Plan,
    parameters: Parameters,
    itemCount: number,
    data: DataMatrices,
  ): Promise<ItemVectors> {
    const { values, width } = await rowsOfItems(engine, plan, parameters, itemCount, data);
    const pause = givesWay();
    for (let item = 0; item < itemCount; item++) {
      normalize(values, item * width, (item + 1) * width);
      if (item % BLOCK === 0) await pause();
    }
    return new ItemVectors(values, width);
  }

  private constructor(vectors: Float32Array, width: number) {
    this.#vectors = vectors;
    this.#width = width;
  }

  /** The rows of these items, one after the other; zeros for an index below 0. */
  rows(items: readonly number[]): { readonly values: Float32Array; readonly width: number } {
    const [vectors, width] = [this.#vectors, this.#width];
    const values = new Float32Array(items.length * width);
    for (const [i, item] of items.entries()) {
      if (item >= 0) values.set(vectors.subarray(item * width, (item + 1) * width), i * width);
    }
    return { values, width };
  }

  /** Cosine of one item with every item, itself included, in [-1, 1]. */
  toAll(item: number): Float32Array {
    const [vectors, width] = [this.#vectors, this.#width];
    const own = vectors.subarray(item * width, (item + 1) * width);
    const cosines = new Float32Array(vectors.length / width);
    for (let other = 0; other < cosines.length; other++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += (own[i] as number) * (vectors[other * width + i] as number);
      cosines[other] = Math.max(-1, Math.min(1, sum));
    }
    return cosines;
  }
}

/** What a plan item → `vector` gives for all items: `[items, width]`. */
export async function rowsOfItems(
  engine: Engine,
  plan: Plan,
  parameters: Parameters,
  itemCount: number,
  data: DataMatrices,
): Promise<{ readonly values: Float32Array; readonly width: number }> {
  const blocks: Float32Array[] = [];
  for (let start = 0; start < itemCount; start += BLOCK) {
    const items = Int32Array.from({ length: Math.min(BLOCK, itemCount - start) }, (_, i) => start + i);
    const block = narrowed(plan, parameters, "item", items, data);
    const feeds = { item: Int32Array.from(items.keys()) };
    const outputs = await engine.evaluate(block.plan, block.parameters, feeds, 0, block.data);
    blocks.push(outputs["vector"] as Float32Array);
  }
  const values = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  const pause = givesWay();
  let end = 0;
  for (const block of blocks) {
    values.set(block, end);
    end += block.length;
    await pause();
  }
  return { values, width: values.length / itemCount };
}

function normalize(values: Float32Array, from: number, to: number): void {
  let squares = 0;
  for (let i = from; i < to; i++) squares += (values[i] as number) ** 2;
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  for (let i = from; i < to; i++) values[i] = (values[i] as number) * scale;
}
