/** Items with their scores, the best first. */
export interface Best {
  readonly items: Int32Array;
  readonly scores: Float32Array;
}

/** From here on, sorting all is faster than keeping a list in order. */
const LONG = 512;

/** The k best of the scored items that `allowed` lets through; ties by lower item index, as engines break them. */
export function bestOf(scores: Float32Array, k: number, allowed: (item: number) => boolean): Best {
  if (k > LONG) return sorted(scores, k, allowed);
  const best = new Int32Array(Math.min(k, scores.length));
  let size = 0;
  const scoreAt = (place: number): number => scores[best[place] as number] as number;
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item] as number;
    if (size === best.length && !(score > scoreAt(size - 1))) continue; // an equal one before it stays
    if (!allowed(item)) continue;
    let place = size < best.length ? size++ : size - 1;
    for (; place > 0 && score > scoreAt(place - 1); place--) best[place] = best[place - 1] as number;
    best[place] = item;
  }
  const items = best.slice(0, size);
  return { items, scores: Float32Array.from(items, (item) => scores[item] as number) };
}

function sorted(scores: Float32Array, k: number, allowed: (item: number) => boolean): Best {
  const order = Int32Array.from(scores.keys())
    .filter(allowed)
    .sort((a, b) => compare(scores[b] as number, scores[a] as number) || a - b);
  const items = order.slice(0, k);
  return { items, scores: Float32Array.from(items, (item) => scores[item] as number) };
}

const compare = (a: number, b: number): number => (a > b ? 1 : a < b ? -1 : 0);
