import { fail } from "../core/errors.ts";
import { hash, STREAM, unit } from "../core/random.ts";
import type { Rows } from "../retrieve/flat.ts";
import { optional } from "./optional.ts";

/** How many of a row's nearest are kept near to it in the picture: UMAP's own default. */
const NEIGHBOURS = 15;

/**
 * Rows in the plane so that what is near by the cosine of whole rows stays near (McInnes, Healy & Melville 2018), by the package umap-js:
 * x and y of each row, one after the other. The same rows and seed give the same places. Throws USAGE_PACKAGE where umap-js is missing,
 * USAGE_INTERRUPTED by the signal.
 */
export async function neighbourly(rows: Rows, seed: number, signal: AbortSignal | undefined): Promise<Float64Array> {
  const { UMAP } = await optional(() => import("umap-js"), "umap-js", "What draws by UMAP");
  const count = rows.values.length / rows.width;
  let drawn = 0;
  const umap = new UMAP({
    nNeighbors: Math.min(NEIGHBOURS, count - 1),
    random: () => unit(hash(seed, STREAM.drawn, drawn++)),
    distanceFn: cosineDistance,
  });
  const vectors = Array.from({ length: count }, (_, row) =>
    Array.from(rows.values.subarray(row * rows.width, (row + 1) * rows.width)),
  );
  const places = await umap.fitAsync(vectors, () => signal?.aborted !== true);
  if (signal?.aborted) fail("USAGE_INTERRUPTED", { what: "The picture was not drawn to its end" });
  return Float64Array.from(places.flat());
}

/** 1 less the cosine; of a row of zeros, which has no direction, 1. */
function cosineDistance(a: number[], b: number[]): number {
  let [product, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    product += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  return ofA === 0 || ofB === 0 ? 1 : Math.max(0, 1 - product / Math.sqrt(ofA * ofB));
}
