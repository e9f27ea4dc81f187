import type { Csr } from "../../core/csr.ts";
import { hash, STREAM } from "../../core/random.ts";
import type { Interactions } from "../interactions.ts";
import { checkShares, cut, type Split, TEST, TRAIN, VALIDATION } from "./split.ts";

export interface ColdOptions {
  /** Share of the items (or users) that training never sees. Default 0.2. */
  readonly test?: number;
  /** Share of further ones for validation. Default 0: no validation part. */
  readonly validation?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Beyond so many pairs of a user and a cold item, candidates are not written down. */
const MOST_CANDIDATES = 50_000_000;

/**
 * Holds out whole items (or users): a share of them, those with the least hash of seed and index, with everything that happened to
 * them. Of cold items the candidates of every tested user are the test's items: what is measured is the order among new ones,
 * and not how far they come before those that everybody knows. Throws CONFIG_VALUE, DATA_SPLIT.
 */
export function coldSplit(
  interactions: Interactions,
  side: "item" | "user",
  { test = 0.2, validation = 0, seed = 0 }: ColdOptions = {},
): Split {
  checkShares(test, validation);
  const size = side === "item" ? interactions.items.size : interactions.users.size;
  const draws = Array.from({ length: size }, (_, index) => hash(seed, STREAM.split, side === "item" ? 1 : 2, index));
  const order = Array.from(draws.keys()).sort((a, b) => (draws[a] as number) - (draws[b] as number) || a - b);
  const partOf = new Uint8Array(size).fill(TRAIN);
  const [tests, held] = [Math.round(size * test), Math.round(size * (test + validation))];
  for (const [place, index] of order.slice(0, held).entries()) partOf[index] = place < tests ? TEST : VALIDATION;
  const { offsets, items } = interactions.byUser;
  const part = new Uint8Array(interactions.size);
  for (let user = 0; user < interactions.users.size; user++) {
    for (let at = offsets[user] ?? 0; at < (offsets[user + 1] ?? 0); at++) {
      part[at] = partOf[side === "item" ? (items[at] ?? 0) : user] ?? TRAIN;
    }
  }
  const split = cut(interactions, part, { kind: `cold-${side}`, seed, validation: validation > 0 });
  if (side === "user") return split;
  const [candidates, ofValidation] = [coldCandidates(split.test), split.validation && coldCandidates(split.validation)];
  return {
    ...split,
    ...(candidates && { candidates }),
    ...(ofValidation && { validationCandidates: ofValidation }),
  };
}

/** For every user of the part its items, but for those that happened. */
function coldCandidates({ byUser: { offsets, items: held } }: Interactions): Csr | undefined {
  const cold = Int32Array.from(new Set(held)).sort();
  const users = offsets.length - 1;
  const starts = new Int32Array(users + 1);
  for (let user = 0; user < users; user++) {
    const own = (offsets[user + 1] ?? 0) - (offsets[user] ?? 0);
    starts[user + 1] = (starts[user] ?? 0) + (own > 0 ? cold.length - own : 0);
    if ((starts[user + 1] ?? 0) > MOST_CANDIDATES) return undefined;
  }
  const items = new Int32Array(starts[users] ?? 0);
  let to = 0;
  for (let user = 0; user < users; user++) {
    const own = new Set(held.subarray(offsets[user], offsets[user + 1]));
    if (own.size > 0) for (const item of cold) if (!own.has(item)) items[to++] = item;
  }
  return { offsets: starts, items };
}
