import type { Artifact } from "../artifact/types.ts";
import { below, hash, STREAM } from "../core/random.ts";
import type { Engine } from "../engine/contract.ts";
import { CoOccurrence } from "./co-occurrence.ts";
import type { Ids } from "./ids.ts";
import { type InfluenceModel, influences } from "./influence.ts";
import type { Learning } from "./learning.ts";
import { once } from "./once.ts";
import { strongest } from "./reasons.ts";
import type { Subject } from "./subject.ts";
import { meanRows } from "./tables.ts";
import type { ExplanationMethod, Reason } from "./types.ts";

/** Random items that stand for the negatives of a pairwise loss. */
const OPPONENTS = 64;

export interface Explanation {
  /** How most reasons were found. */
  readonly method: ExplanationMethod;
  /** One list per item, in the order of the items; `method` where it is another one. */
  readonly reasons: readonly { readonly why: readonly Reason[]; readonly method?: ExplanationMethod }[];
}

/** Finds the past items that speak for a recommendation: by influence where the model has user rows, else by co-occurrence. */
export class Explainer {
  readonly coOccurrence: () => CoOccurrence;
  readonly #ids: Ids;
  readonly #influence: InfluenceModel | undefined;
  readonly #start: () => Record<string, Float32Array>;

  constructor(engine: Engine, artifact: Artifact, ids: Ids, learning: Learning | undefined) {
    const { plans, parameters, history, users } = artifact;
    this.#ids = ids;
    this.coOccurrence = once(() => new CoOccurrence(history, ids.size));
    this.#start = once(() => meanRows(parameters, plans.foldIn?.userParameters ?? [], users.length));
    if (!plans.influence || !learning) return;
    const opponents = learning.kind === "triples" ? opponentsOf(artifact) : new Int32Array(0);
    this.#influence = { engine, plan: plans.influence, parameters, loss: learning.loss, opponents };
  }

  explain({ method, past, rows }: Subject, items: Int32Array): Explanation {
    const isPersonal = method === "model" || method === "fold-in";
    if (past.items.length === 0 || !isPersonal)
      return { method: "none", reasons: Array.from(items, () => ({ why: [] })) };
    if (!rows || !this.#influence) {
      return { method: "co-occurrence", reasons: Array.from(items, (item) => ({ why: this.#met(item, past.items) })) };
    }
    const learned = { rows, start: this.#start(), past: past.items, values: past.values };
    const weights = influences(this.#influence, learned, items);
    const reasons = Array.from(items, (item, i) => {
      const why = strongest(past.items, weights[i] as Float64Array, this.#ids);
      // Units of a network may be dead for this user and item: no change of the user's rows would change the score.
      return why.length > 0 ? { why } : { why: this.#met(item, past.items), method: "co-occurrence" as const };
    });
    return { method: "influence", reasons };
  }

  #met(item: number, past: Int32Array): readonly Reason[] {
    return strongest(past, this.coOccurrence().with(item, past), this.#ids);
  }
}

function opponentsOf({ metadata, items }: Artifact): Int32Array {
  return Int32Array.from({ length: OPPONENTS }, (_, i) => below(hash(metadata.seed, STREAM.fold, i), items.length));
}
