import { readFileSync } from "node:fs";
import type { Artifact, Json, RunMetadata } from "../artifact/types.ts";
import { foldInPlans, influencePlan, itemVectorPlan } from "../nn/plans.ts";
import { sizeOf, type TrainingData } from "./data.ts";
import type { Run } from "./run.ts";

/** What a saved run says besides what the run knows itself. */
export interface ArtifactFacts extends Pick<RunMetadata, "created" | "dataset" | "split"> {
  /** Whatever was measured, by name. Default: nothing. */
  readonly metrics?: RunMetadata["metrics"];
}

/** Everything that answering needs from a run and the data it was trained on. `train` must be the data given to `fit`; where validation was learned from as well, it is part of the history. */
export function toArtifact(run: Run, train: TrainingData, { metrics = {}, ...facts }: ArtifactFacts): Artifact {
  const { model, catalog, parameters, scorePlan: score } = run;
  const { offsets, items, values } = run.data.byUser;
  return {
    metadata: { ...facts, ...described(run), packageVersion: packageVersion(), metrics },
    parameters,
    plans: {
      score,
      foldIn: foldInPlans(model, catalog, run.settings),
      influence: influencePlan(model, catalog),
      itemVectors: itemVectorPlan(model, catalog),
    },
    users: ids(train.users),
    items: ids(train.items),
    history: { offsets, items, ...(values && { values }) },
    popularity: catalog.itemCounts,
  };
}

const ids = (vocabulary: TrainingData["users"]): string[] =>
  Array.from({ length: vocabulary.size }, (_, index) => vocabulary.id(index));

function described(run: Run): Pick<RunMetadata, "model" | "seed" | "training"> {
  const { name, title, task: own } = run.model.definition;
  const task = own === "none" ? own : (run.settings.task ?? own);
  const { engine, epochs, bestEpoch, stopped, refit, data, seconds, peakMemoryBytes, settings } = run;
  const anew = refit && { refitRecords: refit.epochs, refitSeconds: refit.seconds, final: refit.final };
  const facts = { engine, records: epochs, bestEpoch, stopped, ...anew, interactions: sizeOf(data) };
  return {
    model: { name, title, task, config: plain(run.model.config) },
    seed: settings.seed,
    training: plain({ ...settings, ...facts, refit: refit !== undefined, seconds, peakMemoryBytes }),
  };
}

/** As JSON would have it: undefined options leave no trace. */
const plain = (value: object): { readonly [key: string]: Json } => JSON.parse(JSON.stringify(value));

/** The package's own description lies two levels up, in the sources and in what is published. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
