import type { Part, Rows, Watch } from "./types.ts";

/** Where every evaluated user's relevant items stand: all that ranking metrics need. */
export interface Ranked {
  /** User indices, ascending. */
  readonly users: Int32Array;
  /** Places of users[i]'s relevant items are positions[offsets[i] .. offsets[i+1]): 0-based, ascending, distinct. */
  readonly offsets: Int32Array;
  readonly positions: Int32Array;
  /** Length of users[i]'s ranked list, relevant items included. */
  readonly candidates: Int32Array;
}

/** What a ranking protocol works on. */
export interface RankingTask extends Watch {
  readonly train: Part;
  /** Held-out interactions: the relevant items. */
  readonly test: Part;
  /** Interactions that are neither trained on nor relevant; left out of the ranking as training items are. */
  readonly validation?: Part | undefined;
  /** Only for the given protocol: row u holds user u's negatives. */
  readonly candidates?: Rows | undefined;
  readonly seed: number;
}

/** One user's outcome of a protocol. */
export interface RankedUser {
  readonly user: number;
  readonly positions: Int32Array;
  readonly candidates: number;
}

/**
 * Gathers the blocks of a protocol. Users for whom nothing but relevant items was ranked are left out: any scorer
 * would get full marks on them.
 */
export async function collect(blocks: AsyncIterable<readonly RankedUser[]>): Promise<Ranked> {
  const kept: RankedUser[] = [];
  for await (const block of blocks) {
    for (const user of block) if (user.candidates > user.positions.length) kept.push(user);
  }
  const offsets = new Int32Array(kept.length + 1);
  for (const [i, { positions }] of kept.entries()) offsets[i + 1] = (offsets[i] as number) + positions.length;
  const positions = new Int32Array(offsets[kept.length] as number);
  for (const [i, user] of kept.entries()) positions.set(user.positions, offsets[i]);
  return {
    users: Int32Array.from(kept, ({ user }) => user),
    offsets,
    positions,
    candidates: Int32Array.from(kept, ({ candidates }) => candidates),
  };
}
