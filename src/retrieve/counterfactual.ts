/** How much each past item raises a score: what the score loses when the item is taken away and the user folded in again. */
import type { KnownItems } from "./evidence.ts";
import type { Folded, FoldIn } from "./fold-in.ts";
import { influences } from "./influence.ts";

/** Past items per recommended one that are taken away in earnest, where one Newton step is an estimate. */
const TRIED = 5;

/**
 * For every item (rows) what each past item (columns) adds, of those at the places `liked`; 0 for the others. Where the
 * fit is a quadratic one, one step tells; elsewhere the most promising ones are refitted, and what was not tried counts 0.
 */
export async function contributions(
  folding: FoldIn,
  folded: Folded,
  past: KnownItems,
  liked: readonly number[],
  items: Int32Array,
): Promise<Float64Array[]> {
  const estimates = await influences(folded.scores, folded, items);
  const isLiked = new Set(liked);
  const candidates = estimates.map((row) => row.map((value, j) => (isLiked.has(j) ? value : 0)));
  if (folded.isQuadratic) return candidates;
  const tried = new Set(candidates.flatMap((row) => largest(row, TRIED)));
  const found = candidates.map((row) => new Float64Array(row.length));
  const before = await folded.scores.scores([folded.x], items);
  for (const j of tried) {
    const { x, scores } = await folding.fit(without(past, j), folded.evidence);
    const after = await scores.scores([x], items);
    for (const [i, row] of found.entries()) row[j] = (before[i] as number) - (after[i] as number);
  }
  return found;
}

/** Places of the largest positive values. */
function largest(values: Float64Array, count: number): number[] {
  const places = [...values.keys()].filter((j) => (values[j] as number) > 0);
  return places.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b).slice(0, count);
}

const without = ({ items, values }: KnownItems, place: number): KnownItems => ({
  items: items.filter((_, j) => j !== place),
  values: values.filter((_, j) => j !== place),
});
