import type { Csr } from "../../core/csr.ts";
import { fail } from "../../core/errors.ts";
import { hash, STREAM } from "../../core/random.ts";
import type { Warning } from "../../ingest/index.ts";
import type { Interactions } from "../interactions.ts";
import { checkShares, cut, NOWHERE, type Split, TEST, TRAIN, VALIDATION } from "./split.ts";
import { timesOf } from "./time.ts";

export interface ColdOptions {
  /** Share of the items (or users) that training never sees. Default 0.2. */
  readonly test?: number;
  /** Share of further ones for validation. Default 0: no validation part. */
  readonly validation?: number;
  /**
   * Which ones: "draw", those with the least hash of seed and index; "date", those that appeared last, of equal times the one of the
   * higher index; what has no time came first. Default "draw".
   */
  readonly by?: "draw" | "date" | undefined;
  /** Of the draw. Default 0. */
  readonly seed?: number;
}

/** Beyond so many pairs of a user and a cold item, candidates are not written down. */
const MOST_CANDIDATES = 50_000_000;

/**
 * Holds out whole items, or users, with everything that happened to them: a share of them, drawn or by the date of their first
 * appearance. "both" holds out as many of each and tests new users with new items; what known users did with new items, and new
 * users with known ones, is left out, with a warning. Of cold items the candidates of every tested user are the test's items: what is
 * measured is the order among new ones, and not how far they come before those that everybody knows. Throws CONFIG_VALUE, DATA_SPLIT.
 */
export function coldSplit(
  interactions: Interactions,
  side: "item" | "user" | "both",
  options: ColdOptions = {},
): Split {
  const { test = 0.2, validation = 0, seed = 0, by = "draw" } = options;
  checkShares(test, validation);
  if (by !== "draw" && by !== "date") wrongChoice(by);
  const [ofUsers, ofItems] = [side !== "item", side !== "user"].map((isHeld, which) =>
    isHeld ? partsOf(interactions, which === 0 ? "user" : "item", { test, validation, seed, by }) : undefined,
  );
  const { offsets, items } = interactions.byUser;
  const part = new Uint8Array(interactions.size);
  for (let user = 0; user < interactions.users.size; user++) {
    for (let at = offsets[user] ?? 0; at < (offsets[user + 1] ?? 0); at++) {
      part[at] = together(ofUsers?.[user], ofItems?.[items[at] ?? 0]);
    }
  }
  const dropped = part.reduce((count, place) => count + (place === NOWHERE ? 1 : 0), 0);
  const facts = { kind: `cold-${side}`, seed: by === "draw" ? seed : 0, validation: validation > 0 } as const;
  const split = cut(interactions, part, { ...facts, warnings: leftOut(dropped) });
  if (side === "user") return split;
  const [candidates, ofValidation] = [coldCandidates(split.test), split.validation && coldCandidates(split.validation)];
  return {
    ...split,
    ...(candidates && { candidates }),
    ...(ofValidation && { validationCandidates: ofValidation }),
  };
}

/** Where an interaction goes by what is held out of its user and of its item. */
export function together(user: number | undefined, item: number | undefined): number {
  if (user === undefined || item === undefined) return user ?? item ?? TRAIN;
  return user === item ? user : NOWHERE;
}

function partsOf(
  interactions: Interactions,
  side: "item" | "user",
  { test, validation, seed, by }: Required<ColdOptions>,
): Uint8Array {
  const size = side === "item" ? interactions.items.size : interactions.users.size;
  const ranks =
    by === "date"
      ? appearances(interactions, side).map((time) => -time)
      : Float64Array.from({ length: size }, (_, index) => hash(seed, STREAM.split, side === "item" ? 1 : 2, index));
  const later = by === "date" ? -1 : 1;
  const order = Array.from(ranks.keys()).sort((a, b) => (ranks[a] as number) - (ranks[b] as number) || later * (a - b));
  const partOf = new Uint8Array(size).fill(TRAIN);
  const [tests, held] = [Math.round(size * test), Math.round(size * (test + validation))];
  for (const [place, index] of order.slice(0, held).entries()) partOf[index] = place < tests ? TEST : VALIDATION;
  return partOf;
}

/** The first time of each item or user; long before all others where none is known. Throws DATA_SPLIT without times. */
function appearances(interactions: Interactions, side: "item" | "user"): Float64Array {
  timesOf(interactions, "A cold split by date");
  const size = side === "item" ? interactions.items.size : interactions.users.size;
  const first = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  for (const entry of interactions) {
    if (!Number.isNaN(entry.time)) first[entry[side]] = Math.min(first[entry[side]] as number, entry.time);
  }
  return first.map((time) => (time === Number.POSITIVE_INFINITY ? -Number.MAX_VALUE : time));
}

function leftOut(dropped: number): Warning[] {
  if (dropped === 0) return [];
  const message = `${dropped} interactions of new users with known items, or of known users with new ones, are left out: a cold-both split trains on neither and tests new users with new items.`;
  return [{ code: "cold-mixed", message }];
}

function wrongChoice(by: unknown): never {
  return fail("CONFIG_VALUE", { what: "What a cold split goes by", expected: "draw or date", received: String(by) });
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
