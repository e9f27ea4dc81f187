import type { Artifact } from "../artifact/types.ts";
import type { Engine, Scorer } from "../engine/contract.ts";
import { deferred } from "../engine/deferred.ts";
import { CONTEXT } from "../graph/named.ts";
import type { CoOccurrence } from "./co-occurrence.ts";
import { type Deeds, RunDeeds } from "./deeds.ts";
import { type AskedEvent, contextNames, eventRows } from "./event.ts";
import { Explainer } from "./explain.ts";
import { foldInOf } from "./fold-in.ts";
import { type Ids, idsOf } from "./ids.ts";
import { IndexedItems, type SavedIndex } from "./indexed-items.ts";
import { ItemVectors } from "./item-vectors.ts";
import { isPersonal, learningOf } from "./learning.ts";
import { once } from "./once.ts";
import { Pasts } from "./past.ts";
import { queriesOf } from "./queries.ts";
import { type Scale, scaleOf } from "./scale.ts";
import { specOf } from "./scoring.ts";
import { Subjects } from "./subjects.ts";
import type { AnswerWarning, Method } from "./types.ts";

export interface RecommenderOptions {
  /** Threads of the engine; 0 takes every core. Default 0. */
  readonly threads?: number | undefined;
  /** Keep predicted ratings within the scale of the data: 5.6 of 5 is shown as 5, at its place. Default true. */
  readonly clip?: boolean | undefined;
  /** An index of the run's item vectors, for requests that say `index`. Default: none. */
  readonly index?: SavedIndex | undefined;
}

/** What answers are made with, be it of one run or of several. */
export interface Parts {
  readonly warnings: readonly AnswerWarning[];
  readonly users: Ids;
  readonly items: Ids;
  /** Of users of the run. */
  readonly scorer: Scorer;
  /** The same, where all of them ask in this event. Dispose it after use. */
  readonly asking: (event: AskedEvent) => Promise<Scorer>;
  /** Names of what is read of events. */
  readonly context: readonly string[];
  readonly subjects: Pick<Subjects, "recognize" | "knows">;
  readonly pasts: Pasts;
  readonly deeds: Deeds;
  /** Undefined where scores are not to be clipped. */
  readonly scale: Scale | undefined;
  readonly explainer: Pick<Explainer, "explain">;
  readonly coOccurrence: () => CoOccurrence;
  readonly popularity: Float32Array;
  /** How users of the run are answered. */
  readonly method: Method;
  /** Undefined for what has none: baselines, whose item tables are not learned, and ensembles. */
  readonly vectors: () => Promise<ItemVectors> | undefined;
  /** Undefined where there is no index. */
  readonly indexed: (() => Promise<IndexedItems>) | undefined;
  /** Resolves when the scorer is loaded, or cannot be. */
  readonly ready: Promise<void>;
  dispose(): void;
}

/** Those of a run. */
export function partsOf(
  artifact: Artifact,
  engine: Engine,
  { threads = 0, clip = true, index }: RecommenderOptions,
): Parts {
  const { plans, parameters } = artifact;
  const [users, items] = [idsOf(artifact.users), idsOf(artifact.items)];
  const learning = learningOf(artifact.metadata);
  const spec = specOf(artifact, threads);
  const loading = engine.scorer(spec);
  const scorer = deferred(loading);
  const folding = foldInOf({ engine, artifact, learning });
  const personal = isPersonal(artifact.metadata);
  const plan = personal ? plans.itemVectors : undefined;
  const context = contextNames(artifact);
  const asking = (event: AskedEvent) => {
    const rows = eventRows(artifact, event, Array.from(artifact.users.keys()));
    return engine.scorer({ ...spec, data: { ...spec.data, [CONTEXT]: rows } });
  };
  const [pasts, scale] = [new Pasts(artifact), scaleOf(artifact)];
  const queries = index && queriesOf(engine, spec);
  const query = queries && ((user: number) => queries.of(user));
  const indexed = index && once(() => IndexedItems.load(engine, artifact, index, threads));
  const explainer = new Explainer(engine, artifact, items, folding);
  return {
    warnings: artifact.unlearned ? [] : [seenUnknown],
    ...{ users, items, scorer, asking, context, pasts, indexed, explainer },
    deeds: new RunDeeds(artifact, users, items),
    subjects: new Subjects({ artifact, engine, scorer, users, items, pasts, folding, scale, query }),
    scale: clip ? scale : undefined,
    coOccurrence: explainer.coOccurrence,
    popularity: artifact.popularity,
    method: personal ? "model" : "baseline",
    vectors: once(() => plan && ItemVectors.of(engine, plan, parameters, items.size, spec.data)),
    ready: loading.then(
      () => {},
      () => {},
    ),
    dispose() {
      scorer.dispose();
      queries?.dispose();
      void indexed?.().then(
        (loaded) => loaded.dispose(),
        () => {},
      );
    },
  };
}

const seenUnknown: AnswerWarning = {
  code: "seen-unknown",
  message:
    "The run knows of its users only what it learned from: items that were held out, or left out by a threshold, may be " +
    "recommended to those who have met them. Train it again, or save it with `seen`.",
};
