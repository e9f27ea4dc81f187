import { type Artifact, saveArtifact } from "../artifact/index.ts";
import {
  type AddedFeatures,
  type Dataset,
  type ExtendedDataset,
  extendDataset,
  extendFeatures,
  type FeatureSource,
  type Interactions,
  type ReadOptions,
  saveDataset,
} from "../dataset/index.ts";
import type { Model } from "../nn/model.ts";
import {
  type FitOptions,
  fit,
  grownParameters,
  type Run,
  scoresLogits,
  settingsOf,
  toArtifact,
} from "../train/index.ts";
import { openSameDataset } from "./datasets.ts";
import { openEngine } from "./engine.ts";
import { type MeasuredUsers, measure, noteMeasured, testFigures } from "./evaluation.ts";
import { modelOfRun } from "./model-file.ts";
import { runsOn } from "./removing.ts";
import { loadRun, openRun, trainingFact } from "./runs.ts";
import type { Session } from "./session.ts";
import { importedParts, makeSplit, type NamedSplit, savedFacts } from "./splits.ts";

export interface UpdateRequest {
  readonly run: string | undefined;
  /** A file of new rows. */
  readonly file: string;
  /** The file of a model of one's own, if the run's is one. */
  readonly model?: string | undefined;
  readonly reading: ReadOptions;
  /** Files of what is known of items and users, new ones and others. */
  readonly features: readonly FeatureSource[];
  /** Also train from scratch, to say what the short way costs. */
  readonly scratch: boolean;
}

/** One of the two trainings, as far as they can be compared. */
export interface UpdateOutcome {
  /** Chosen by validation, where there is any. */
  readonly epochs: number;
  /** Of the training that was measured. */
  readonly seconds: number;
  /** On what the run had not learned from before: the first figures of the usual measurement. */
  readonly test?: Readonly<Record<string, number>>;
}

/** What `penchant update --json` prints. */
export interface UpdatedRun {
  readonly run: string;
  readonly dataset: string;
  readonly added: ExtendedDataset["added"];
  /** How files of features were read. */
  readonly features?: readonly AddedFeatures[];
  /** After the update. */
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Held-out interactions that both trainings were measured on; 0: nothing new could be held out. */
  readonly tested: number;
  readonly updated: UpdateOutcome;
  readonly scratch?: UpdateOutcome;
  /** Other runs that were trained on the data set as it was: they still answer, and can no longer be measured. */
  readonly runs: readonly string[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** A run trained with epochs of its own choice goes on until validation says so; another one for this share of its epochs. */
const SHARE = 4;

/**
 * Adds new rows to the data set of a run, and goes on training it from where it was: in place of both, whole or not at all.
 * Both trainings, this one and the one from scratch, are measured on held-out interactions that the run never learned from;
 * then it learns from them too.
 */
export async function updateRun(session: Session, request: UpdateRequest): Promise<UpdatedRun> {
  const { workspace } = session;
  const saved = await openRun(session, request.run);
  const old = await openSameDataset(session, saved.metadata);
  const releases = [workspace.lock("dataset", old.name), workspace.lock("run", saved.name)];
  try {
    const artifact = await loadRun(saved);
    const model = await modelOfRun(artifact.metadata, request.model);
    const extended = await extendDataset(old, request.file, { ...request.reading, signal: session.signal });
    const { dataset, told } = await described(extended.dataset, request.features);
    const { added } = extended;
    const split = unlearnedSplit(dataset, artifact);
    const { features } = dataset;
    const update = new Update({ session, model, artifact, split, features, run: saved.name, dataset: old.name });
    const updated = await update.fit(true);
    const scratch = request.scratch ? await update.fit(false) : undefined;
    const { interactions } = dataset;
    const sizes = { users: interactions.users.size, items: interactions.items.size, interactions: interactions.size };
    const facts = { name: old.name, fingerprint: interactions.fingerprint(), ...sizes };
    const next = toArtifact(updated.run, split.train, {
      created: new Date().toISOString(),
      dataset: facts,
      split: { ...split.facts, updated: Number(artifact.metadata.split["updated"] ?? 0) + 1 },
      seen: importedParts(dataset),
    });
    session.signal.throwIfAborted();
    await workspace.write("dataset", old.name, (folder) => saveDataset(folder, dataset));
    await workspace.write("run", saved.name, async (folder) => {
      await saveArtifact(folder, next);
      if (updated.measured) await noteMeasured(folder, updated.measured);
    });
    return {
      ...{ run: saved.name, dataset: old.name, added, ...sizes, tested: split.test.size },
      ...(told.length > 0 && { features: told }),
      updated: updated.outcome,
      ...(scratch && { scratch: scratch.outcome }),
      runs: (await runsOn(session, old.name)).filter((name) => name !== saved.name),
      warnings: [...split.warnings, ...updated.run.warnings],
    };
  } finally {
    for (const release of releases.reverse()) release();
  }
}

/** With what files say of its items and users. */
async function described(dataset: Dataset, sources: readonly FeatureSource[]) {
  const told: AddedFeatures[] = [];
  let richer = dataset;
  for (const source of sources) {
    const { dataset: next, added } = await extendFeatures(richer, source);
    richer = next;
    told.push(added);
  }
  return { dataset: richer, told };
}

/** The run's own way of splitting (leave-last-out where it held out nothing), but what it learned from stays in training. */
function unlearnedSplit(dataset: Dataset, { metadata, history }: Artifact): NamedSplit {
  const facts = savedFacts(metadata);
  const { task } = metadata.model;
  const split = makeSplit(dataset, { ...facts, kind: facts.kind === "none" ? "leave-last-out" : facts.kind }, task);
  const learned = (user: number, item: number): boolean => {
    if (user + 1 >= history.offsets.length) return false;
    return history.items.subarray(history.offsets[user], history.offsets[user + 1]).includes(item);
  };
  const fresh = (part: Interactions) => part.filter(({ user, item }) => !learned(user, item));
  const [test, validation] = [fresh(split.test), split.validation && fresh(split.validation)];
  const held = (user: number, item: number) => test.has(user, item) || (validation?.has(user, item) ?? false);
  const whole = makeSplit(dataset, { ...facts, kind: "none" }, task).train;
  return {
    ...split,
    train: whole.filter(({ user, item }) => !held(user, item)),
    validation,
    test,
    candidates: undefined,
  };
}

const sizesOf = ({ users, items, context }: NonNullable<Artifact["plans"]["features"]>) => ({
  features: { users: users?.width ?? 0, items: items?.width ?? 0 },
  ...(context && { context: { columns: context.width, events: 1 } }),
});

interface UpdateInput {
  readonly session: Session;
  readonly model: Model;
  readonly artifact: Artifact;
  readonly split: NamedSplit;
  readonly features: Dataset["features"];
  /** Names. */
  readonly run: string;
  readonly dataset: string;
}

/** The two trainings on one split. */
class Update {
  readonly #session: Session;
  readonly #names: { readonly run: string; readonly dataset: string };
  readonly #artifact: Artifact;
  readonly #split: NamedSplit;
  readonly #features: Dataset["features"];
  readonly #model: Model;

  constructor({ session, model, artifact, split, features, run, dataset }: UpdateInput) {
    this.#session = session;
    this.#names = { run, dataset };
    this.#artifact = artifact;
    this.#split = split;
    this.#features = features;
    this.#model = model;
  }

  async fit(isWarm: boolean): Promise<{ run: Run; outcome: UpdateOutcome; measured: MeasuredUsers | undefined }> {
    this.#session.note(isWarm ? "Going on from what was learned …" : "From scratch, to compare …");
    const run = await fit(this.#model, this.#split.train, await this.#options(isWarm));
    const measured = await this.#measure(run.selection ?? run);
    const test = measured && testFigures(measured);
    return {
      run,
      outcome: { epochs: run.bestEpoch, seconds: (run.selection ?? run).seconds, ...(test && { test }) },
      measured,
    };
  }

  async #options(isWarm: boolean): Promise<Partial<FitOptions>> {
    const { metadata, parameters, plans } = this.#artifact;
    const { train, validation, test } = this.#split;
    // A run that was trained without features goes on without them.
    const described = plans.features && this.#features && { features: this.#features };
    const catalog = { ...train.catalog(), ...(described && plans.features && sizesOf(plans.features)) };
    const { training } = metadata;
    const chooses = validation !== undefined && validation.size > 0 && Number(training["patience"] ?? 0) > 0;
    const epochs = Math.max(1, trainingFact(metadata, "bestEpoch") || 1);
    const fixed = { epochs: isWarm ? Math.ceil(epochs / SHARE) : epochs, patience: 0 };
    return {
      ...settingsOf(training),
      ...(training["protocol"] === "given" && { protocol: "sampled-99" }), // candidates are those of the old test part
      ...(training["known"] === "all" && { heldOut: [test] }),
      ...(chooses ? {} : fixed),
      refit: isWarm && this.#learns,
      ...(validation && validation.size > 0 && { validation }),
      ...(isWarm && this.#learns && { refitWith: [test] }),
      ...(isWarm &&
        this.#learns && {
          initialParameters: grownParameters(this.#model, catalog, metadata.seed, parameters),
        }),
      ...described,
      ...(isWarm && described && plans.features && { learnedFeatures: plans.features }),
      engine: await openEngine(this.#session),
      ...(this.#session.threads !== undefined && { threads: this.#session.threads }),
      progress: this.#session.json ? "json" : process.stderr.isTTY ? "bar" : "lines",
      signal: this.#session.signal,
    };
  }

  get #learns(): boolean {
    return this.#model.definition.task !== "none";
  }

  async #measure(run: Run): Promise<MeasuredUsers | undefined> {
    if (this.#split.test.size === 0) return undefined;
    using scorer = run.scorer(this.#session.threads, this.#split.test);
    const { run: name, dataset } = this.#names;
    const { name: model, task } = this.#model.definition;
    const subject = { run: name, model: { name: model, task }, dataset, facts: this.#split.facts };
    const facts = { subject, split: this.#split, request: {}, refitted: false, logits: scoresLogits(run) };
    return await measure(this.#session, scorer, facts);
  }
}
