import { type Csr, rowOf, stack } from "../core/csr.ts";
import { lowerBound } from "../core/sorted.ts";
import { logLoss } from "./metrics/index.ts";
import { type Relevance, relevanceOf } from "./relevance.ts";
import type { Part, Watch } from "./types.ts";

/** Where every evaluated user's relevant items stand: all that ranking metrics need. */
export interface Ranked {
  /** User indices, ascending. */
  readonly users: Int32Array;
  /** Places of users[i]'s relevant items are positions[offsets[i] .. offsets[i+1]): 0-based, ascending, distinct. */
  readonly offsets: Int32Array;
  readonly positions: Int32Array;
  /** Which items stand there, in the order of `positions`. */
  readonly items: Int32Array;
  /** Their values (ratings), in the order of `positions`; absent where every value is 1. */
  readonly values?: Float32Array | undefined;
  /** Length of users[i]'s ranked list, held-out items included. */
  readonly candidates: Int32Array;
  /** Held-out items of users[i], relevant or not. */
  readonly heldOut: Int32Array;
  /** Log loss of users[i]'s list; only where scores are logits and the candidates were listed. */
  readonly logLosses?: Float64Array | undefined;
}

/** What a ranking protocol works on. */
export interface RankingTask extends Watch {
  readonly train: Part;
  /** Held-out interactions: the relevant items, or those of them that `relevant` accepts. */
  readonly test: Part;
  /** Interactions that are neither trained on nor relevant; left out of the ranking as training items are. */
  readonly validation?: Part | undefined;
  /** Only for the given protocol: row u holds user u's negatives. */
  readonly candidates?: Csr | undefined;
  /** Which values make a held-out item relevant, such as `>=4` (see `relevance.ts`). Default: every one. */
  readonly relevant?: string | undefined;
  /** Whether scores are logits of a probability: then protocols that list their candidates measure the log loss as well. Default: not. */
  readonly logits?: boolean | undefined;
  readonly seed: number;
}

/** One user's outcome of a protocol: the place of each held-out item, in the order of `targets`. */
export interface RankedUser {
  readonly user: number;
  readonly targets: Int32Array;
  readonly places: Int32Array;
  readonly candidates: number;
  /** Of all candidates in any order, and of the targets in theirs; where scores are logits and were listed. */
  readonly logits?: { readonly all: Float32Array; readonly targets: Float32Array } | undefined;
}

/**
 * Gathers the blocks of a protocol, and of each user's held-out items the relevant ones. Users without any are left out, and
 * so are those for whom nothing but relevant items was ranked: any scorer would get full marks on them.
 */
export async function collect(blocks: AsyncIterable<readonly RankedUser[]>, task: RankingTask): Promise<Ranked> {
  const relevance = relevanceOf(task.test, task.relevant);
  const kept: KeptUser[] = [];
  for await (const block of blocks) {
    for (const ranked of block) {
      const user = relevantItems(ranked, task.test.byUser, relevance);
      if (user.positions.length > 0 && user.candidates > user.positions.length) kept.push(user);
    }
  }
  const { offsets, items: positions } = stack(kept.map((user) => user.positions));
  const values = task.test.byUser.values && new Float32Array(positions.length);
  for (const [row, user] of kept.entries()) if (user.values) values?.set(user.values, offsets[row]);
  return {
    users: Int32Array.from(kept, ({ user }) => user),
    offsets,
    positions,
    items: stack(kept.map((user) => user.items)).items,
    values,
    candidates: Int32Array.from(kept, ({ candidates }) => candidates),
    heldOut: Int32Array.from(kept, ({ heldOut }) => heldOut),
    ...(kept[0]?.logLoss !== undefined && {
      logLosses: Float64Array.from(kept, ({ logLoss = Number.NaN }) => logLoss),
    }),
  };
}

interface KeptUser {
  readonly user: number;
  readonly positions: Int32Array;
  readonly items: Int32Array;
  readonly values: Float32Array | undefined;
  readonly candidates: number;
  readonly heldOut: number;
  readonly logLoss: number | undefined;
}

/** One user's relevant items by their places, with their values. */
function relevantItems(
  { user, targets, places, candidates, logits }: RankedUser,
  { offsets, items, values }: Csr,
  relevance: Relevance | undefined,
): KeptUser {
  const facts = { user, candidates, heldOut: targets.length };
  const byPlace = (a: number, b: number): number => (places[a] as number) - (places[b] as number);
  const arranged = (order: readonly number[]) => ({
    positions: Int32Array.from(order, (target) => places[target] as number),
    items: Int32Array.from(order, (target) => targets[target] as number),
    logLoss:
      logits &&
      logLoss(
        logits.all,
        order.map((target) => logits.targets[target] as number),
      ),
  });
  if (!values) return { ...facts, ...arranged(Array.from(places.keys()).sort(byPlace)), values };
  const [row, start] = [rowOf({ offsets, items }, user), offsets[user] as number];
  const valueAt = (target: number) => values[start + lowerBound(row, targets[target] as number)] as number;
  const order = Array.from(places.keys())
    .filter((target) => relevance?.accepts(valueAt(target)) ?? true)
    .sort(byPlace);
  return { ...facts, ...arranged(order), values: Float32Array.from(order, valueAt) };
}
