import { parse } from "node:path";
import { loadIndex } from "../artifact/index.ts";
import { type Csr, rowOf } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { heldOutRows, mergeParts, type Split } from "../dataset/index.ts";
import { type EvaluationBeside, evaluateBeside, listLength, type ScoreSource } from "../evaluate/index.ts";
import { type Asker, modelsOf, type Pipeline, pipelineVersion, runPipeline, type Vectors } from "../pipeline/index.ts";
import { createRecommender, type ItemSet } from "../retrieve/index.ts";
import { once } from "../retrieve/once.ts";
import type { Catalog } from "../serve/index.ts";
import { openSameDataset } from "./datasets.ts";
import { openServed } from "./deployments.ts";
import { openEngine } from "./engine.ts";
import type { EvaluationRequest } from "./evaluation.ts";
import { PageWarnings } from "./page-warnings.ts";
import { type Named, offlineAsker, readCatalog, readPipeline } from "./pipelines.ts";
import { loadAny, type SavedRun } from "./runs.ts";
import type { Session } from "./session.ts";
import { makeSplit, savedFacts } from "./splits.ts";

/** What `penchant evaluate FILE.json --json` prints. */
export interface PipelineEvaluation extends EvaluationBeside {
  readonly pipeline: string;
  /** As `pipelineVersion` says. */
  readonly version: string;
  readonly runs: readonly string[];
  readonly dataset: string;
  readonly k: number;
  readonly seed: number;
  /** Mean distance (1 - cosine of the vectors of the model with the say) between the items of a page; null where it has no vectors. */
  readonly distance: number | null;
  /** Of one page, on average. */
  readonly seconds: number;
  /** The same without `rerank`: what the rules cost, and what they bring. Absent where there are none. */
  readonly without?: Pick<PipelineEvaluation, "protocols" | "lists" | "distance" | "seconds">;
}

/**
 * Measures a pipeline of runs on the test part of the split that they share, as a run is measured, by full ranking: what does not stand on a page of
 * k counts as not found. Throws EVAL_UNPAIRED where the runs were made of other data or held out other parts, EVAL_EMPTY, CONFIG_PIPELINE.
 */
export async function evaluatePipeline(
  session: Session,
  file: string,
  { protocols, k: asked, relevant }: EvaluationRequest,
): Promise<PipelineEvaluation> {
  if (protocols?.some((name) => name !== "full")) {
    fail("CONFIG_VALUE", { what: "A pipeline is measured by full ranking alone", fix: "Leave --protocol out." });
  }
  const pipeline = readPipeline(file);
  const opened = await openPipeline(session, pipeline, asked);
  const { runs, dataset, split, train, k, asking } = opened;
  const measure = async (tried: Pipeline) => {
    const source = new PipelineSource(tried, k, asking, train.items);
    const { test, validation } = split;
    const beside = await evaluateBeside(source, {
      ...{ train, test, validation, relevant, k, protocols: ["full"] },
      ...{ seed: session.seed, signal: session.signal },
    });
    const distances = await distancesOf(source.pages.values(), opened);
    const distance = distances && meanOf(distances.filter(Number.isFinite));
    const warnings = [...beside.warnings, ...source.warnings];
    return { ...beside, warnings, distance, seconds: source.seconds };
  };
  try {
    const measured = await measure(pipeline);
    const { rerank, ...plain } = pipeline;
    const without = rerank && rerank.length > 0 ? await measure(plain) : undefined;
    return {
      ...{ pipeline: parse(file).name, version: pipelineVersion(pipeline), runs, dataset, k, seed: session.seed },
      ...measured,
      ...(without && {
        without: {
          ...{ protocols: without.protocols, lists: without.lists },
          ...{ distance: without.distance, seconds: without.seconds },
        },
      }),
    };
  } finally {
    opened.dispose();
  }
}

/** The runs of a pipeline, and the split that they share. */
export interface OpenPipeline {
  readonly runs: readonly string[];
  readonly dataset: string;
  readonly split: Split;
  /** What the runs learned from. */
  readonly train: Split["train"];
  readonly k: number;
  readonly catalog: Catalog;
  readonly asking: Asking;
  /** Of the model with the say; undefined where it has none. */
  vectors(items: readonly number[]): Promise<Vectors | undefined>;
  dispose(): void;
}

/** Throws EVAL_UNPAIRED where the runs were made of other data or held out other parts, EVAL_EMPTY, CONFIG_PIPELINE. */
export async function openPipeline(session: Session, pipeline: Pipeline, length?: number): Promise<OpenPipeline> {
  const runs: SavedRun[] = [];
  for (const name of modelsOf(pipeline)) runs.push(await openServed(session, name));
  const { dataset, split, train, context } = await sharedSplit(session, runs);
  const k = listLength(length ?? pipeline.k, train.items.size);
  const [engine, catalog] = [await openEngine(session), await readCatalog(session)];
  const models = new Map<string, Named>();
  for (const run of runs) {
    const [artifact, index] = [await loadAny(run), await loadIndex(run.folder)];
    const recommender = createRecommender(artifact, engine, { threads: session.threads, index });
    models.set(run.name, { recommender, items: new Set(artifact.items) });
  }
  const sets = new Map<string, Promise<ItemSet>>();
  const of = (name: string) => (models.get(name) as Named).recommender;
  const [users, items] = [split.train.users, split.train.items];
  const [first = ""] = modelsOf(pipeline);
  const now = Date.now() / 1000;
  const names = [...new Set([...models.values()].flatMap(({ recommender }) => recommender.context))];
  const asked = names.length > 0 ? heldOutRows(names, context, split.test.byUser, train.byUser) : [];
  return {
    ...{ runs: runs.map(({ name }) => name), dataset, split, train, k, catalog },
    asking: (user, exclude) => {
      const seen = once(() => Array.from(exclude, (item) => items.id(item)));
      return offlineAsker({
        ...{ engine, models, catalog, sets, who: users.id(user), event: { context: asked[user] }, now },
        seen: (name) => of(name).itemSet(seen()),
        met: once(() => new Set(seen())), // what is held out is not known to have been bought either
      });
    },
    vectors: (list) => of(first).itemVectors(list.map((item) => items.id(item))),
    dispose: () => {
      for (const { recommender } of models.values()) recommender.dispose();
    },
  };
}

/** The split that all runs were trained on. */
async function sharedSplit(session: Session, runs: readonly SavedRun[]) {
  const [first, ...others] = runs;
  if (!first)
    return fail("CONFIG_PIPELINE", { what: "The pipeline asks no model", fix: "Name a run in candidates or in rank." });
  const factsOf = ({ metadata: { dataset, split } }: SavedRun) => JSON.stringify([dataset.fingerprint, split]);
  const other = others.find((run) => factsOf(run) !== factsOf(first));
  if (other) {
    fail("EVAL_UNPAIRED", {
      what: `The runs "${first.name}" and "${other.name}" held out other parts, or come of other data`,
      fix: "Train the runs of a pipeline on the same data set with the same split and seed.",
    });
  }
  for (const run of runs) {
    const learnedAll = run.metadata.training["final"] === true || run.metadata.split.kind === "none";
    if (!learnedAll) continue;
    fail("EVAL_EMPTY", {
      what: `The run "${run.name}" has learned from everything, so that nothing is held out to measure a pipeline on`,
      fix: "Train it without --final.",
    });
  }
  const dataset = await openSameDataset(session, first.metadata);
  const split: Split = makeSplit(dataset, savedFacts(first.metadata), first.metadata.model.task);
  const refitted = runs.some(({ metadata }) => metadata.training["refit"] === true);
  const train = refitted && split.validation ? mergeParts(split.train, split.validation) : split.train;
  return { dataset: dataset.name, split, train, context: dataset.features?.context ?? [] };
}

interface Ids {
  readonly size: number;
  id(index: number): string;
  index(id: string): number | undefined;
}

/** Who asks for a page, with what is left out of it. */
type Asking = (user: number, exclude: Int32Array) => Asker;

/** Pages as a source of ranks: what stands on a page has its place, everything else comes behind it. */
export class PipelineSource implements ScoreSource {
  readonly #pipeline: Pipeline;
  readonly #k: number;
  readonly #asking: Asking;
  readonly #items: Ids;
  readonly #pages = new Map<number, readonly number[]>();
  readonly #warnings = new PageWarnings();
  #spent = 0;

  constructor(pipeline: Pipeline, k: number, asking: Asking, items: Ids) {
    this.#pipeline = pipeline;
    this.#k = k;
    this.#asking = asking;
    this.#items = items;
  }

  /** Of one page, on average. */
  get seconds(): number {
    return this.#pages.size === 0 ? 0 : this.#spent / 1000 / this.#pages.size;
  }

  /** What pages say of filters and rules. */
  get warnings(): PageWarnings["all"] {
    return this.#warnings.all;
  }

  score(users: Int32Array): Promise<Float32Array> {
    return Promise.resolve(new Float32Array(users.length)); // of what stands nowhere
  }

  async topK({ users, k, exclude }: { users: Int32Array; k: number; exclude?: Csr | undefined }) {
    const items = new Int32Array(users.length * k).fill(-1);
    for (const [row, user] of users.entries()) items.set((await this.#page(user, row, exclude)).slice(0, k), row * k);
    return { items, scores: new Float32Array(items.length) };
  }

  async ranks({ users, targets, exclude }: { users: Int32Array; targets: Csr; exclude?: Csr | undefined }) {
    const greater = new Int32Array(targets.items.length);
    const equal = new Int32Array(targets.items.length);
    const candidates = new Int32Array(users.length);
    for (const [row, user] of users.entries()) {
      const page = await this.#page(user, row, exclude);
      const out = exclude ? rowOf(exclude, row) : new Int32Array(0);
      candidates[row] = this.#items.size - out.length;
      const [from = 0, to = 0] = [targets.offsets[row], targets.offsets[row + 1]];
      for (let at = from; at < to; at++) {
        const place = page.indexOf(targets.items[at] as number);
        // what is not on the page is in no order, and behind its last place, also where the page is short
        const behind = Math.min(Math.max(page.length, this.#k), (candidates[row] as number) - 1);
        greater[at] = place >= 0 ? place : behind;
        equal[at] = place >= 0 ? 0 : (candidates[row] as number) - behind - 1;
      }
    }
    return { greater, equal, candidates };
  }

  /** By user, in the order in which they were asked for. */
  get pages(): ReadonlyMap<number, readonly number[]> {
    return this.#pages;
  }

  async #page(user: number, row: number, exclude: Csr | undefined): Promise<readonly number[]> {
    const known = this.#pages.get(user);
    if (known) return known;
    const start = performance.now();
    const { items, warnings } = await runPipeline(
      this.#pipeline,
      this.#asking(user, exclude ? rowOf(exclude, row) : new Int32Array(0)),
      { k: this.#k },
    );
    this.#spent += performance.now() - start;
    this.#warnings.note(warnings);
    const page = items.map(({ item }) => this.#items.index(item) as number);
    this.#pages.set(user, page);
    return page;
  }
}

/** Mean distance between the items of each page, NaN of fewer than two; undefined where the model with the say has no vectors. */
export async function distancesOf(
  pages: Iterable<readonly number[]>,
  { vectors }: Pick<OpenPipeline, "vectors">,
): Promise<number[] | null> {
  const distances: number[] = [];
  for (const page of pages) {
    const rows = page.length < 2 ? undefined : await vectors(page);
    if (page.length >= 2 && !rows) return null;
    distances.push(rows ? meanDistance(rows.values, rows.width) : Number.NaN);
  }
  return distances;
}

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of unit vectors: 1 minus the mean cosine of all pairs, from the length of their sum. */
function meanDistance(values: Float32Array, width: number): number {
  const n = values.length / width;
  let squares = 0;
  let own = 0;
  for (let i = 0; i < width; i++) {
    let sum = 0;
    for (let row = 0; row < n; row++) {
      const value = values[row * width + i] as number;
      sum += value;
      own += value * value;
    }
    squares += sum * sum;
  }
  return 1 - (squares - own) / (n * (n - 1));
}
