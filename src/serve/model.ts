import { createHash } from "node:crypto";
import { isEnsemble, loadIndex, loadSaved, readManifest, type Saved } from "../artifact/index.ts";
import type { Engine } from "../engine/contract.ts";
import type { FeatureRow } from "../features/index.ts";
import {
  createRecommender,
  type Describer,
  describerOf,
  kindsOf,
  type NewItem,
  type Recommender,
  withItems,
  withRoomForItems,
} from "../retrieve/index.ts";
import { checkRatings, type Scale, scaleOf } from "../retrieve/scale.ts";
import { Newcomers } from "./newcomers.ts";

export interface LoadOptions {
  /** Under which requests ask for it. */
  readonly name: string;
  readonly run: string;
  /** Number of the deployment that it is; undefined: it is the run itself. */
  readonly deployment?: number | undefined;
  readonly folder: string;
  readonly engine: Engine;
  readonly threads: number;
}

/** The first 12 hex digits of the SHA-256 of the checksums of its files: the same weights, the same version. */
export async function versionOf(folder: string): Promise<string> {
  const { files } = await readManifest(folder);
  const sums = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sums)).digest("hex").slice(0, 12);
}

/** What a served model was made of, and what is derived of that once, however many items it takes in. */
interface Loaded {
  readonly options: LoadOptions;
  readonly version: string;
  readonly saved: Saved;
  readonly index: Awaited<ReturnType<typeof loadIndex>>;
  readonly since: Date;
  /** Items that it was trained on. */
  readonly met: ReadonlySet<string>;
  readonly newcomers: Newcomers | undefined;
  readonly people: Describer | undefined;
  readonly scale: Scale | undefined;
  /** Of each run that answers. */
  readonly contextChecks: readonly ReturnType<typeof kindsOf>[];
}

/** A run in memory that answers. Answers that are under way when it is retired are still given; then its memory is freed. */
export class ServedModel {
  readonly name: string;
  readonly run: string;
  readonly deployment: number | undefined;
  /** As `versionOf` says. */
  readonly version: string;
  readonly metadata: Saved["metadata"];
  readonly since: Date;
  readonly recommender: Recommender;
  readonly engine: Engine;
  /** Ids by index. */
  readonly users: readonly string[];
  readonly items: readonly string[];
  /** Undefined where it does not answer for new items by their features. */
  readonly newcomers: Newcomers | undefined;
  /** Features by which it answers for people whom it has not met; undefined where it reads none. */
  readonly people: Describer | undefined;
  readonly #as: Loaded;
  /** What was loaded, and the items that it has taken in since. */
  readonly #saved: Saved;
  readonly #taken: readonly NewItem[];
  #users = 1;

  private constructor(as: Loaded, artifact = as.saved, taken: readonly NewItem[] = []) {
    const { options } = as;
    this.#saved = artifact;
    this.#taken = taken;
    this.#as = as;
    this.name = options.name;
    this.run = options.run;
    this.deployment = options.deployment;
    this.users = artifact.users;
    this.items = artifact.items;
    this.version = as.version;
    this.since = as.since;
    this.metadata = artifact.metadata;
    this.engine = options.engine;
    this.recommender = createRecommender(artifact, options.engine, { threads: options.threads, index: as.index });
    this.newcomers = as.newcomers;
    this.people = as.people;
  }

  /** Reads and checks all files of the run. Throws as `loadSaved` does. */
  static async load(options: LoadOptions): Promise<ServedModel> {
    const version = await versionOf(options.folder);
    const loaded = await loadSaved(options.folder);
    const index = await loadIndex(options.folder);
    const met = new Set(loaded.items);
    const described = describerOf(loaded, "items");
    const saved = described ? await withRoomForItems(loaded) : loaded;
    const runs = isEnsemble(saved) ? saved.members.map(({ artifact }) => artifact) : [saved];
    return new ServedModel({
      ...{ options, version, saved, index, since: new Date(), met },
      newcomers: described && new Newcomers(described, met),
      people: describerOf(saved, "users"),
      scale: scaleOf(saved),
      contextChecks: runs.map(kindsOf),
    });
  }

  /** The same model, and these items besides those that it was trained on; those that it has taken in already, as the same objects, are not taken in anew. Throws as `withItems`. */
  with(items: readonly NewItem[]): ServedModel {
    const isMore = this.#taken.every((item, i) => item === items[i]);
    const [from, more] = isMore ? [this.#saved, items.slice(this.#taken.length)] : [this.#as.saved, items];
    return new ServedModel(this.#as, more.length > 0 ? withItems(from, more) : from, items);
  }

  /** Resolves when it answers without waiting for its weights. */
  ready(): Promise<void> {
    return this.recommender.ready();
  }

  knows(item: string): boolean {
    return this.#as.met.has(item) || (this.newcomers?.has(item) ?? false);
  }

  /** Throws CONFIG_VALUE for ratings outside the scale that the run has learned. */
  checkRatings(ratings: ReadonlyMap<string, number>): void {
    const { scale } = this.#as;
    if (scale) checkRatings(scale, ratings);
  }

  /** Throws FEATURE_VALUE for what is not of the kind that the run has learned a column of context as. */
  checkContext(context: FeatureRow): void {
    for (const check of this.#as.contextChecks) check(context);
  }

  /** Whether a rating lies on the scale that the run has learned; any does where it has none. */
  takesRating(rating: number): boolean {
    const { scale } = this.#as;
    return !scale || (rating >= scale.least && rating <= scale.most);
  }

  /** Whether it reads the ratings of a profile: as ratings, or to tell what is liked by a threshold. */
  get readsRatings(): boolean {
    const { model, split } = this.metadata;
    return model.task === "rating" || typeof split["threshold"] === "number";
  }

  /** Whether what is liked without a rating says something: a model of ratings would take it for the best of ratings. */
  get learnsFromLikes(): boolean {
    return this.metadata.model.task !== "rating";
  }

  /** Lets `work` use the recommender, which is kept until it is done. */
  async use<T>(work: (recommender: Recommender) => Promise<T>): Promise<T> {
    const release = this.hold();
    try {
      return await work(this.recommender);
    } finally {
      release();
    }
  }

  /** Keeps the recommender until what is returned is called, once. */
  hold(): () => void {
    this.#users++;
    return () => this.#release();
  }

  /** No further answers; once. */
  retire(): void {
    this.#release();
  }

  #release(): void {
    if (--this.#users === 0) this.recommender.dispose();
  }
}
