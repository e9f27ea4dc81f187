import type { Csr } from "../core/csr.ts";
import type { Interactions } from "./interactions.ts";
import { unionOf } from "./union.ts";

/**
 * What a sampled negative must not be, per user. Given the training part alone, held-out items may be drawn as
 * negatives, as a system in production would draw them; given the held-out parts too, they never are, which is what the NCF
 * authors' code does and flatters results a little.
 */
export function knownItems(train: Interactions, ...heldOut: readonly Interactions[]): Csr {
  return unionOf(train.byUser, ...heldOut.map(({ byUser }) => byUser));
}
