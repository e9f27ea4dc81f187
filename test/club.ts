import { below, hash, unit } from "../src/core/random.ts";

export interface ClubOptions {
  readonly users?: number;
  readonly items?: number;
  /** Interactions per user. */
  readonly each?: number;
  readonly seed?: number;
}

/**
 * A person's own file, small and plain: `userId,movieId,rating,timestamp`, three groups of taste, popularity skew, no
 * repeated pair, times in order. Users are `user-1` …, films `film-1` ….
 */
export function clubCsv({ users = 240, items = 150, each = 24, seed = 7 }: ClubOptions = {}): string {
  const rows = ["userId,movieId,rating,timestamp"];
  for (let user = 0; user < users; user++) {
    const seen = new Set<number>();
    for (let draw = 0; seen.size < Math.min(each, items - 2); draw++) {
      const popular = Math.floor(items * unit(hash(seed, user, draw, 0)) ** 2);
      const isOwnTaste = popular % 3 === user % 3;
      if (seen.has(popular) || (!isOwnTaste && below(hash(seed, user, draw, 1), 8) > 0)) continue;
      seen.add(popular);
      const rating = isOwnTaste
        ? 4 + below(hash(seed, user, popular, 2), 2)
        : 1 + below(hash(seed, user, popular, 3), 3);
      rows.push(`user-${user + 1},film-${popular + 1},${rating},${1_500_000_000 + user * 1000 + seen.size * 60}`);
    }
  }
  return `${rows.join("\n")}\n`;
}
