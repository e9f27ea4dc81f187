import { fail } from "../../core/errors.ts";
import { hash } from "../../core/random.ts";
import type { IndexParts, IndexSearch, IndexSpec, TopK, VectorIndex } from "../contract.ts";
import { rowsOfSearch } from "../request.ts";

/** Vectors of the sample for each centroid, and rounds of k-means; as in the native core. */
const SAMPLE = 64;
const ROUNDS = 10;

type Rows = (row: number) => ArrayLike<number>;

/** An inverted file as it is defined: cells around centroids, and a search that goes through them in the order of their promise. */
export class ReferenceVectorIndex implements VectorIndex {
  readonly #spec: IndexSpec;
  readonly #centroids: Float32Array;
  readonly #cellOf: Int32Array;
  readonly #cells: readonly (readonly number[])[];
  #disposed = false;

  constructor(spec: IndexSpec) {
    const { vectors, width, cells } = spec;
    if (!(width > 0 && vectors.length > 0 && vectors.length % width === 0)) {
      fail("ENGINE_INPUT", { what: "The vectors of an index do not fit their width", received: `${width}` });
    }
    if (!vectors.every(Number.isFinite)) fail("ENGINE_INPUT", { what: "A vector of an index is not finite" });
    this.#spec = spec;
    const items = vectors.length / width;
    const given = typeof cells === "object" ? checked(cells, width, items) : undefined;
    this.#centroids = given?.centroids ?? this.#found(Math.min(Math.max(1, cells as number), items));
    this.#cellOf = Int32Array.from({ length: items }, (_, item) => given?.cellOf[item] ?? this.#nearest(item));
    const members: number[][] = Array.from({ length: this.#centroids.length / width }, () => []);
    for (const [item, cell] of this.#cellOf.entries()) members[cell]?.push(item);
    this.#cells = members;
  }

  async parts(): Promise<IndexParts> {
    this.#checkAlive();
    return { centroids: this.#centroids.slice(), cellOf: this.#cellOf.slice() };
  }

  async search(search: IndexSearch): Promise<TopK> {
    this.#checkAlive();
    const { queries, k, exclude, candidates } = search;
    const { width } = this.#spec;
    const rows = rowsOfSearch(search, width);
    if (!(Number.isInteger(k) && k > 0)) {
      fail("ENGINE_INPUT", { what: "k is out of range", expected: "1 or more", received: `${k}` });
    }
    const found: TopK = {
      items: new Int32Array(rows * k).fill(-1),
      scores: new Float32Array(rows * k).fill(-Infinity),
    };
    const allowed = candidates && new Set(candidates);
    for (let row = 0; row < rows; row++) {
      const left = new Set(exclude?.items.subarray(exclude.offsets[row], exclude.offsets[row + 1]));
      const best = this.#best(queries.subarray(row * width, (row + 1) * width), search, left, allowed);
      for (const [place, [item, score]] of best.entries()) {
        found.items[row * k + place] = item;
        found.scores[row * k + place] = score;
      }
    }
    return found;
  }

  dispose(): void {
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #best(query: Float32Array, { k, effort }: IndexSearch, left: Set<number>, allowed: Set<number> | undefined) {
    const promise = this.#cells.map((_, cell) => Math.fround(product(query, this.#centroid(cell))));
    const order = [...promise.keys()].sort((a, b) => at(promise, b) - at(promise, a) || a - b);
    const found: (readonly [item: number, score: number])[] = [];
    let seen = 0;
    for (const cell of order) {
      const items = (this.#cells[cell] as readonly number[]).filter((item) => allowed?.has(item) ?? true);
      seen += items.length;
      for (const item of items) {
        if (!left.has(item)) found.push([item, Math.fround(product(query, this.#vector(item)))]);
      }
      if (seen >= effort && found.length >= k) break;
    }
    return found.sort(([a, x], [b, y]) => y - x || a - b).slice(0, k);
  }

  /** Lloyd's algorithm from distinct vectors of the data. */
  #found(cells: number): Float32Array {
    const { vectors, width, seed } = this.#spec;
    const drawn = Array.from({ length: vectors.length / width }, (_, item) => [hash(seed, item), item] as const);
    const sample = drawn.sort(([a, x], [b, y]) => a - b || x - y).slice(0, cells * SAMPLE);
    const centroids = new Float32Array(cells * width);
    for (const [i, [, item]] of sample.slice(0, cells).entries()) centroids.set(this.#vector(item), i * width);
    for (let round = 0; round < ROUNDS; round++) {
      const sums = new Float64Array(cells * width);
      const counts = new Float64Array(cells);
      for (const [, item] of sample) {
        const cell = nearest(this.#vector(item), cells, (at) => centroids.subarray(at * width, (at + 1) * width));
        counts[cell] = at(counts, cell) + 1;
        for (const [c, x] of this.#vector(item).entries()) sums[cell * width + c] = at(sums, cell * width + c) + x;
      }
      for (let i = 0; i < sums.length; i++) {
        const count = at(counts, Math.floor(i / width));
        if (count > 0) centroids[i] = at(sums, i) / count;
      }
    }
    return centroids;
  }

  #nearest(item: number): number {
    return nearest(this.#vector(item), this.#centroids.length / this.#spec.width, (cell) => this.#centroid(cell));
  }

  #vector(item: number): Float32Array {
    const { vectors, width } = this.#spec;
    return vectors.subarray(item * width, (item + 1) * width);
  }

  #centroid(cell: number): Float32Array {
    const { width } = this.#spec;
    return this.#centroids.subarray(cell * width, (cell + 1) * width);
  }

  #checkAlive(): void {
    if (this.#disposed) fail("ENGINE_DISPOSED", { what: "The index was disposed" });
  }
}

/** By Euclidean distance, of equal ones the first. */
function nearest(vector: ArrayLike<number>, cells: number, centroid: Rows): number {
  let [best, most] = [0, Number.NEGATIVE_INFINITY];
  for (let cell = 0; cell < cells; cell++) {
    const own = centroid(cell);
    const score = product(vector, own) - product(own, own) / 2;
    if (score > most) [best, most] = [cell, score];
  }
  return best;
}

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += at(a, i) * at(b, i);
  return sum;
}

const at = (values: ArrayLike<number>, index: number): number => values[index] as number;

function checked(parts: IndexParts, width: number, items: number): IndexParts {
  const { centroids, cellOf } = parts;
  const cells = centroids.length / width;
  const fits =
    cells >= 1 &&
    Number.isInteger(cells) &&
    cellOf.length <= items &&
    centroids.every(Number.isFinite) &&
    cellOf.every((cell) => cell >= 0 && cell < cells);
  return fits ? parts : fail("ENGINE_INPUT", { what: "The centroids or cells of an index do not fit its vectors" });
}
