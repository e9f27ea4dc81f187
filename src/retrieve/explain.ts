import type { Artifact } from "../artifact/types.ts";
import type { Engine } from "../engine/contract.ts";
import { attends, attentionWeights } from "./attention.ts";
import { CoOccurrence } from "./co-occurrence.ts";
import { contributions } from "./counterfactual.ts";
import type { KnownItems } from "./evidence.ts";
import type { FoldIn } from "./fold-in.ts";
import { answersHistories, leftOut } from "./history.ts";
import type { Ids } from "./ids.ts";
import { once } from "./once.ts";
import { likingOf, strongest } from "./reasons.ts";
import type { Subject } from "./subject.ts";
import type { ExplanationMethod, MemberShare, Reason } from "./types.ts";

export interface Explanation {
  /** How most reasons were found. */
  readonly method: ExplanationMethod;
  /** One list per item, in the order of the items; `method` where it is another one. */
  readonly reasons: readonly {
    readonly why: readonly Reason[];
    readonly method?: ExplanationMethod;
    readonly members?: readonly MemberShare[];
  }[];
}

/** Finds the past items that speak for a recommendation: by influence where the model has user rows, else by co-occurrence. */
export class Explainer {
  readonly coOccurrence: () => CoOccurrence;
  readonly #engine: Engine;
  readonly #artifact: Artifact;
  readonly #ids: Ids;
  readonly #folding: FoldIn | undefined;
  readonly #liking: () => (past: KnownItems) => readonly number[];

  constructor(engine: Engine, artifact: Artifact, ids: Ids, folding: FoldIn | undefined) {
    const { history, metadata } = artifact;
    this.#engine = engine;
    this.#artifact = artifact;
    this.#ids = ids;
    this.#folding = folding;
    this.coOccurrence = once(() => new CoOccurrence(history, ids.size));
    this.#liking = once(() => likingOf(history, metadata.model.task === "rating"));
  }

  /** Users of the run are explained by what a fold-in of their past would make of it. */
  async explain(subject: Subject, items: Int32Array): Promise<Explanation> {
    const { method, past, folded, features } = subject;
    const isPersonal = method === "model" || method === "fold-in" || method === "history";
    if (past.items.length === 0 || !isPersonal)
      return { method: "none", reasons: Array.from(items, () => ({ why: [] })) };
    const liked = this.#liking()(past);
    const met = (item: number) => strongest(past.items, liked, this.coOccurrence().with(item, past.items), this.#ids);
    if (attends(this.#artifact)) {
      const weights = await attentionWeights(this.#artifact, this.#engine, past.items, items);
      const reasons = weights.map((each) => ({ why: strongest(past.items, liked, each, this.#ids) }));
      return { method: "attention", reasons };
    }
    if (!this.#folding && answersHistories(this.#artifact)) {
      const losses = await leftOut({ artifact: this.#artifact, engine: this.#engine }, subject, items);
      return {
        method: "left-out",
        reasons: losses.map((each) => ({ why: strongest(past.items, liked, each, this.#ids) })),
      };
    }
    if (!this.#folding) return { method: "co-occurrence", reasons: Array.from(items, (item) => ({ why: met(item) })) };
    const folding = this.#folding.knowing(features);
    const fitted = folded ?? (await folding.fit(past));
    const weights = await contributions(folding, fitted, past, liked, items);
    const reasons = Array.from(items, (item, i) => {
      const why = strongest(past.items, liked, weights[i] as Float64Array, this.#ids);
      // Units of a network may be dead for this user and item: no change of the user's rows would change the score.
      return why.length > 0 ? { why } : { why: met(item), method: "co-occurrence" as const };
    });
    return { method: "influence", reasons };
  }
}
