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
  readonly method: ExplanationMethod;
  /** One list per item, in the order of the items. */
  readonly reasons: readonly (readonly Reason[])[];
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

  explain({ past, rows }: Subject, items: Int32Array): Explanation {
    if (past.items.length === 0) return { method: "none", reasons: Array.from(items, () => []) };
    const reasons = (weights: readonly ArrayLike<number>[]) =>
      weights.map((each) => strongest(past.items, each, this.#ids));
    if (!rows || !this.#influence) {
      const weights = Array.from(items, (item) => this.coOccurrence().with(item, past.items));
      return { method: "co-occurrence", reasons: reasons(weights) };
    }
    const learned = { rows, start: this.#start(), past: past.items, values: past.values };
    return { method: "influence", reasons: reasons(influences(this.#influence, learned, items)) };
  }
}

function opponentsOf({ metadata, items }: Artifact): Int32Array {
  return Int32Array.from({ length: OPPONENTS }, (_, i) => below(hash(metadata.seed, STREAM.fold, i), items.length));
}
