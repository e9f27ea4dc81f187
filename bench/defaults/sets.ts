import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Interactions, importDataset, kCore, mergeParts, ratioSplit, type Split } from "../penchant.ts";

/** A data set to measure defaults on: a file or folder below the data folder. */
export interface NamedSet {
  readonly name: string;
  readonly path: string;
  /** Fewest interactions of a user and of an item; absent: everything. */
  readonly core?: number;
}

export const sets: readonly NamedSet[] = [
  { name: "ml-100k", path: "ml-100k/u.data" },
  { name: "ml-latest-small", path: "ml-latest-small/ratings.csv" },
  { name: "ml-latest-small, 5-core", path: "ml-latest-small/ratings.csv", core: 5 },
  { name: "lastfm-2k", path: "lastfm-2k/user_artists.dat" },
  { name: "steam", path: "steam/game_purchase.dat" },
  { name: "steam, 5-core", path: "steam/game_purchase.dat", core: 5 },
  { name: "msweb", path: "msweb/visits.csv" },
  { name: "amazon-video-games", path: "amazon-video-games/Video.txt" },
  { name: "ml-1m", path: "ml-1m/ratings.tsv.gz" },
  { name: "gowalla", path: "gowalla" },
];

/** Of each user's interactions, drawn by this seed: a fifth for the test, a tenth for validation. */
const parts = { test: 0.2, validation: 0.1, seed: 1 } as const;

/** The set, split; undefined where its files are not there. */
export async function readSet(root: string, { path, core }: NamedSet): Promise<Split | undefined> {
  const file = join(root, path);
  if (!existsSync(file)) return undefined;
  const { interactions, given } = await importDataset(file);
  const all: Interactions = given ? mergeParts(interactions, given.test) : interactions;
  return ratioSplit(core === undefined ? all : kCore(all, { users: core, items: core }), parts);
}
