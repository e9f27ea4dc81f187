import type { Artifact } from "../artifact/types.ts";
import { below, hash, STREAM } from "../core/random.ts";
import type { Engine } from "../engine/contract.ts";
import type { CoOccurrence } from "./co-occurrence.ts";
import type { Ids } from "./ids.ts";
import { influences } from "./influence.ts";
import type { Learning } from "./learning.ts";
import { strongest } from "./reasons.ts";
import type { Subject } from "./subject.ts";
import type { ExplanationMethod, Reason } from "./types.ts";

/** Random items that stand for the negatives of a pairwise loss. */
const OPPONENTS = 64;

export interface Explanation {
  readonly method: ExplanationMethod;
  /** One list per item, in the order of the items. */
  readonly reasons: readonly (readonly Reason[])[];
}

export interface ExplainTools {
  readonly engine: Engine;
  readonly artifact: Artifact;
  readonly ids: Ids;
  readonly learning: Learning | undefined;
  readonly coOccurrence: () => CoOccurrence;
}

/** Which past items speak for each of the items: by influence where the user has learned rows, else by co-occurrence. */
export function explain(tools: ExplainTools, { past, rows }: Subject, items: Int32Array): Explanation {
  if (past.items.length === 0) return { method: "none", reasons: Array.from(items, () => []) };
  const { learning, ids } = tools;
  if (!rows || !learning) {
    const reasons = Array.from(items, (item) =>
      strongest(past.items, tools.coOccurrence().with(item, past.items), ids),
    );
    return { method: "co-occurrence", reasons };
  }
  const opponents = learning.kind === "triples" ? opponentsOf(tools.artifact) : new Int32Array(0);
  const input = {
    engine: tools.engine,
    ...rows,
    past: past.items,
    values: past.values,
    loss: learning.loss,
    opponents,
  };
  const weights = influences(input, items);
  return { method: "influence", reasons: weights.map((row) => strongest(past.items, row, ids)) };
}

function opponentsOf({ metadata, items }: Artifact): Int32Array {
  return Int32Array.from({ length: OPPONENTS }, (_, i) => below(hash(metadata.seed, STREAM.fold, i), items.length));
}
