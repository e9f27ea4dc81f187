import { readFileSync } from "node:fs";
import type { Artifact, Json, RunMetadata } from "../artifact/types.ts";
import { checkArgument, checkInteractions, has } from "../core/argument.ts";
import { pairsByKind } from "../dataset/kinds.ts";
import { lastTimes } from "../dataset/moments.ts";
import { unlearnedOf } from "../dataset/unlearned.ts";
import { answerPlans, foldInPlans, historyPlans, influencePlan, itemVectorPlan, readsData } from "../nn/plans.ts";
import { checkSameIds, sizeOf, type TrainingData } from "./inputs/data.ts";
import { type Run, scoresLogits } from "./run.ts";

/** What a saved run says besides what the run and its data know themselves. */
export interface ArtifactFacts {
  /** When training ended, ISO 8601. Default: now. */
  readonly created?: string | undefined;
  /** Where the data came from. Default: sizes and fingerprint of `train`, which has no name. */
  readonly dataset?: RunMetadata["dataset"] | undefined;
  /** How test and validation were held out. Default: `{ kind: "unsaved" }`, which nobody can repeat. */
  readonly split?: RunMetadata["split"] | undefined;
  /** Whatever was measured, by name. Default: nothing. */
  readonly metrics?: RunMetadata["metrics"] | undefined;
  /**
   * All that is known of the users, in any number of parts with the same ids: held-out parts, rows below a threshold, the whole
   * data set. The run recommends none of it. Default: it is not known, so that answers leave out the training interactions
   * alone and warn of it.
   */
  readonly seen?: readonly TrainingData[] | undefined;
}

/**
 * Everything that answering needs from a run and the data it was trained on. `train` must be the data given to `fit`; where
 * validation was learned from as well, it is part of the history. Throws CONFIG_VALUE where `seen` has other users or items.
 */
export function toArtifact(run: Run, train: TrainingData, facts: ArtifactFacts = {}): Artifact {
  const call = "toArtifact(run, interactions)";
  checkArgument(has(run, "model", "parameters", "data"), run, { call, name: "the run", expected: "what fit gave" });
  checkInteractions(train, call);
  const { created = new Date().toISOString(), dataset = factsOf(train), metrics = {} } = facts;
  const seen = facts.seen ?? (run.data.dislikes && [train]); // what is disliked has been met
  const { split = { kind: "unsaved" } } = facts;
  const { model, catalog, parameters, scorePlan: score } = run;
  const history = historyPlans(model, catalog);
  const { tables } = answerPlans(model, catalog);
  for (const part of seen ?? []) checkSameIds(train, part, "What was seen");
  const { offsets, items, values } = run.data.byUser;
  const { history: _, rated: __, targets: ___, sequence, ...own } = run.matrices; // what the history itself says
  // Answers look at the order of events, not at what they counted.
  const solved = { ...own, ...(sequence && { sequence: { offsets: sequence.offsets, items: sequence.items } }) };
  const kinds = pairsByKind([train, ...(seen ?? [])]);
  const readsLast = run.features?.context?.columns.some(({ name }) => name === "since-last");
  return {
    metadata: { created, dataset, split, ...described(run), packageVersion: packageVersion(), metrics },
    parameters,
    plans: {
      score,
      foldIn: foldInPlans(model, catalog, run.settings),
      influence: influencePlan(model, catalog),
      itemVectors: itemVectorPlan(model, catalog),
      ...(history && { history }),
      ...(tables && readsData(tables, "itemFeatures") && { itemTables: tables }),
      ...(run.features && { features: run.features }),
      ...(model.newcomer && { newcomer: model.newcomer }),
    },
    users: ids(train.users),
    items: ids(train.items),
    history: { offsets, items, ...(values && { values }) },
    ...(Object.keys(solved).length > 0 && { matrices: solved }),
    ...(seen && {
      unlearned: unlearnedOf(
        run.data.byUser,
        seen.map(({ byUser }) => byUser),
      ),
    }),
    ...(kinds && { kinds }),
    ...(readsLast && { lastTimes: lastTimes(run.data.byUser) }),
    popularity: catalog.itemCounts,
  };
}

const factsOf = (train: TrainingData): RunMetadata["dataset"] => ({
  fingerprint: train.fingerprint?.() ?? "",
  users: train.users.size,
  items: train.items.size,
  interactions: sizeOf(train),
});

const ids = (vocabulary: TrainingData["users"]): string[] =>
  Array.from({ length: vocabulary.size }, (_, index) => vocabulary.id(index));

function described(run: Run): Pick<RunMetadata, "model" | "seed" | "training"> {
  const { name, title, task: own } = run.model.definition;
  const task = own === "none" ? own : (run.settings.task ?? own);
  const { engine, epochs, stages, bestEpoch, stopped, refit, data, seconds, peakMemoryBytes, settings } = run;
  const anew = refit && { refitRecords: refit.epochs, refitSeconds: refit.seconds, final: refit.final };
  const earlier = stages && { stages };
  const facts = { engine, records: epochs, ...earlier, bestEpoch, stopped, ...anew, interactions: sizeOf(data) };
  const logits = scoresLogits(run) && { logits: true };
  return {
    model: { name, title, task, config: plain(run.model.config) },
    seed: settings.seed,
    training: plain({ ...settings, ...facts, ...logits, refit: refit !== undefined, seconds, peakMemoryBytes }),
  };
}

/** As JSON would have it: undefined options leave no trace. */
const plain = (value: object): { readonly [key: string]: Json } => JSON.parse(JSON.stringify(value));

/** The package's own description lies two levels up, in the sources and in what is published. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
