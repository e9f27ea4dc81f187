import { type Artifact, dataOf } from "../artifact/types.ts";
import type { StoredIndex } from "../artifact/vector-index.ts";
import { fail } from "../core/errors.ts";
import { mix32 } from "../core/random.ts";
import { givesWay } from "../core/turns.ts";
import type { Engine, TopKRequest, VectorIndex } from "../engine/contract.ts";
import { scoreProduct } from "../graph/score-product.ts";
import type { Best } from "./best.ts";
import { rowsOfItems } from "./item-vectors.ts";

export type SavedIndex = StoredIndex;

export interface ItemSides {
  readonly values: Float32Array;
  readonly width: number;
}

/** The items' sides of a run's scores: `[items, width]`. Throws INDEX_MISSING where scores are no inner products. */
export async function itemSides(engine: Engine, artifact: Artifact): Promise<ItemSides> {
  const found = scoreProduct(artifact.plans.score);
  if (!found) {
    return fail("INDEX_MISSING", {
      what: `Scores of the model "${artifact.metadata.model.name}" are no inner products of users and items, so that no index can find the best`,
      fix: "Leave index out: the exact search is always there.",
    });
  }
  return rowsOfItems(engine, found.item, artifact.parameters, artifact.items.length, dataOf(artifact));
}

/** A number that other vectors hardly have; lets other work have its turn on the way. */
export async function fingerprintOf({ values }: ItemSides, length = values.length): Promise<number> {
  const words = new Uint32Array(values.buffer, values.byteOffset, length);
  const pause = givesWay();
  let hash = 0;
  for (let i = 0; i < words.length; i++) {
    hash = mix32(hash ^ (words[i] as number));
    if (i % 65_536 === 0) await pause();
  }
  return hash;
}

/** The items of a run in its index. */
export class IndexedItems {
  readonly #index: VectorIndex;
  readonly #effort: number;

  /** Items that came after the index was made are in it, too. Throws INDEX_STALE, INDEX_MISSING. */
  static async load(engine: Engine, artifact: Artifact, saved: SavedIndex, threads: number): Promise<IndexedItems> {
    const sides = await itemSides(engine, artifact);
    const { values: vectors, width } = sides;
    const known = saved.cellOf.length * width;
    const fits = saved.centroids.length % width === 0 && known <= vectors.length;
    if (!fits || (await fingerprintOf(sides, known)) !== saved.fingerprint) {
      fail("INDEX_STALE", { what: "The index was made of other item vectors than the run has" });
    }
    const index = await engine.index({ vectors, width, cells: saved, seed: 0, threads });
    return new IndexedItems(index, saved.effort);
  }

  private constructor(index: VectorIndex, effort: number) {
    this.#index = index;
    this.#effort = effort;
  }

  /** The best for whom the row is. Among few candidates as many are looked at as among all. */
  async top(
    query: Float32Array,
    k: number,
    { exclude, candidates }: Pick<TopKRequest, "exclude" | "candidates">,
  ): Promise<Best> {
    const effort = Math.max(this.#effort, k);
    const { items, scores } = await this.#index.search({ queries: query, k, effort, exclude, candidates });
    const found = items.filter((item) => item >= 0).length;
    return { items: items.subarray(0, found), scores: scores.subarray(0, found) };
  }

  dispose(): void {
    this.#index.dispose();
  }
}
