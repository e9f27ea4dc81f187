import { type Csr, type SparseMatrix, transpose } from "../../core/csr.ts";
import { itemScores, type ScoreSource } from "../../evaluate/index.ts";

/**
 * Nearest neighbours by content, without anything learned: the score of an item is the sum of its cosines with the user's items,
 * features weighted by how rare they are (Pazzani & Billsus, "Content-Based Recommendation Systems", 2007, section 10.2).
 * Pairs alone are scored.
 */
export function contentScores(history: Csr, features: Csr): ScoreSource {
  const columns = features.items.reduce((most, column) => Math.max(most, column + 1), 0);
  const rows = features.offsets.length - 1;
  const rarity = rarityOf({ ...features, columns }, rows);
  const weights = Float64Array.from(
    features.items,
    (column, at) => (features.values?.[at] ?? 1) * (rarity[column] as number),
  );
  for (let row = 0; row < rows; row++) {
    const own = weights.subarray(features.offsets[row], features.offsets[row + 1]);
    const length = Math.hypot(...own) || 1;
    for (let i = 0; i < own.length; i++) own[i] = (own[i] as number) / length;
  }
  const profile = new Float64Array(columns);
  let owner = -1;
  const describe = (user: number): void => {
    profile.fill(0);
    owner = user;
    for (const item of history.items.subarray(history.offsets[user], history.offsets[user + 1])) {
      for (let at = features.offsets[item] as number; at < (features.offsets[item + 1] as number); at++) {
        const column = features.items[at] as number;
        profile[column] = (profile[column] as number) + (weights[at] as number);
      }
    }
  };
  const scoreOf = (user: number, item: number): number => {
    if (user !== owner) describe(user);
    let sum = 0;
    for (let at = features.offsets[item] as number; at < (features.offsets[item + 1] as number); at++) {
      sum += (profile[features.items[at] as number] as number) * (weights[at] as number);
    }
    return sum;
  };
  return {
    ...itemScores(new Float32Array(rows)),
    score: async (users, items) => Float32Array.from(users, (user, i) => scoreOf(user, items[i] as number)),
  };
}

/** Logarithm of all rows over those that have a number in the column. */
function rarityOf(features: SparseMatrix, rows: number): Float64Array {
  const { offsets } = transpose(features);
  return Float64Array.from({ length: features.columns }, (_, column) => {
    const count = (offsets[column + 1] as number) - (offsets[column] as number);
    return Math.log((1 + rows) / (1 + count));
  });
}
