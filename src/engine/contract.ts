import type { Csr, DataMatrices } from "../core/csr.ts";
import type { Plan } from "../graph/plan.ts";
import type { Solver } from "../graph/problems.ts";
import type { UpdateRule } from "../graph/tensor.ts";
import type { DiversityRequest } from "../rerank/diversify.ts";

export type { Csr, DataMatrices, SparseMatrix } from "../core/csr.ts";
export type {
  LeastSquaresProblem,
  NeighbourProblem,
  SingularVectorsProblem,
  SlimProblem,
  SolveControl,
  Solver,
} from "../graph/problems.ts";
export type { DiversityRequest } from "../rerank/diversify.ts";

/** How negatives are drawn: uniformly, or through an alias table (see `dataset/popularity.ts`). */
export type NegativeDistribution =
  | { readonly kind: "uniform" }
  | { readonly kind: "alias"; readonly thresholds: Uint32Array; readonly aliases: Int32Array };

/** Which rows a training step sees; executed by the engine itself, stateless in (seed, epoch, row). */
export interface FeedSpec {
  /**
   * pairs: positives and n negatives with labels 1/0; triples: (user, item, negative); ratings: every interaction with its value
   * as label; rows: every user with an interaction, once. The weight of a row is the value of its positive in pairs and triples
   * where interactions have values, else 1; of a negative in pairs it is 1.
   *
   * After those rows come the dislikes, one row each: in pairs with label 0, in triples as the negative of a positive that is drawn
   * of the same user's. Their weight is the value of the dislike.
   *
   * But for `rows`, every row also tells its `event`: the number of the interaction that it is about, of a negative that of its
   * positive; dislikes are numbered after the interactions.
   */
  readonly kind: "pairs" | "triples" | "ratings" | "rows";
  /** Negatives per positive, >= 1; ignored by ratings and rows. */
  readonly negatives: number;
  readonly distribution: NegativeDistribution;
  /** rows: every row of the epoch is permuted; none: CSR order. */
  readonly shuffle: "rows" | "none";
  readonly users: number;
  readonly items: number;
  readonly interactions: Csr;
  /** What a negative must not be, per user; dislikes are part of it. */
  readonly known: Csr;
  /**
   * Labelled negatives, per user, with values above 0; only of pairs and triples, and in triples only of users with interactions.
   * Absent: none.
   */
  readonly dislikes?: Csr | undefined;
}

/** How every parameter learns that does not bring an `l2` or `optimizer` of its own in the plan. */
export type OptimizerSpec = {
  /** Added to the gradient: g + l2 * w (ftrl: its lambda2); a parameter's own takes its place. Of tables only touched rows. */
  readonly l2: number;
  /** Gradients are scaled so that their global L2 norm is at most this; 0 switches clipping off. */
  readonly clipNorm: number;
  /** Decoupled decay (AdamW): w -= rate * weightDecay * w, touched rows only. */
  readonly weightDecay: number;
} & UpdateRule;

export interface TrainSpec {
  /** Outputs: `loss`, `grad:NAME` for every trainable parameter, `assign:NAME` for running statistics. */
  readonly plan: Plan;
  /** First values of every parameter, copied. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  readonly data?: DataMatrices | undefined;
  readonly feed: FeedSpec;
  readonly optimizer: OptimizerSpec;
  readonly batchSize: number;
  readonly seed: number;
  /** Worker threads of the native engine; results do not depend on it. */
  readonly threads: number;
}

export interface StepRange {
  readonly epoch: number;
  /** Steps [from, to) of the epoch. */
  readonly from: number;
  readonly to: number;
  /** One learning rate for all steps of the call, or one per step. */
  readonly learningRate: number | Float32Array;
}

export interface StepReport {
  /** Mean loss over the rows seen (each step's mean weighted by its rows). */
  readonly loss: number;
  readonly rows: number;
  readonly seconds: number;
}

/** Where the time of training steps went. */
export interface StepProfile extends StepReport {
  /** Steps of the compiled plan in execution order, then the engine's own work, then the updates of parameters. */
  readonly entries: readonly ProfileEntry[];
}

export interface ProfileEntry {
  /** What the engine did: `gather`, `product`, `update rows`, `wait` … */
  readonly what: string;
  /** Index of the plan's instruction whose value is computed; undefined for updates and for the engine's own work. */
  readonly slot: number | undefined;
  /** The parameter that is updated. */
  readonly parameter: string | undefined;
  /** Of all threads together, so that the entries add up to threads x the duration of the run. */
  readonly seconds: number;
  readonly calls: number;
  /** Floating point operations; a multiply-add counts as two. */
  readonly flops: number;
  /** Bytes read and written, each operand once a call, wherever it lies (cache or memory). */
  readonly bytes: number;
}

/** As `StepRange`, with one learning rate. */
export interface ProfileRange extends Omit<StepRange, "learningRate"> {
  readonly learningRate: number;
}

export interface Trainer extends Disposable {
  readonly rowsPerEpoch: number;
  readonly stepsPerEpoch: number;
  /** Runs the steps off the main thread (reference engine: in slices that yield to the event loop). One call at a time. */
  run(range: StepRange): Promise<StepReport>;
  /** Runs the steps as `run` does, with the same result, and tells where the time went. Not every engine can. */
  profile?(range: ProfileRange): Promise<StepProfile>;
  /** Stops a running call between steps, within 100 ms; its promise rejects with TRAIN_CANCELLED. */
  cancel(): void;
  /** A copy of the parameter's current values. */
  parameter(name: string): Promise<Float32Array>;
  /** Copies of all parameters by name. */
  parameters(): Promise<Record<string, Float32Array>>;
  /** Everything a checkpoint needs: parameters, optimizer slots as `NAME#m`, `NAME#v`, and `#step` (length 1). */
  state(): Promise<Record<string, Float32Array>>;
  /** Takes back what `state` gave; nothing changes where it does not fit. The arrays must not change until it is done. */
  restore(state: Readonly<Record<string, Float32Array>>): Promise<void>;
  dispose(): void;
}

export interface ScoreSpec {
  /** Inputs `user` and `item`, output `score` [batch]; or input `user` alone, output `score` [batch, items]. */
  readonly plan: Plan;
  readonly parameters: Readonly<Record<string, Float32Array>>;
  readonly data?: DataMatrices | undefined;
  readonly users: number;
  readonly items: number;
  readonly threads: number;
}

export interface TopKRequest {
  readonly users: Int32Array;
  readonly k: number;
  /** Items never returned; row i belongs to users[i]. */
  readonly exclude?: Csr | undefined;
  /** Restricts the ranking to these items (ascending) for all users. */
  readonly candidates?: Int32Array | undefined;
}

/** Row i holds users[i]'s best items: score descending, ties by lower item index; unused places are -1 and -Infinity. */
export interface TopK {
  readonly items: Int32Array;
  readonly scores: Float32Array;
}

export interface RankRequest {
  readonly users: Int32Array;
  /** Row i: the relevant items of users[i]. */
  readonly targets: Csr;
  /** Items left out of the ranking, per row; targets are always ranked. */
  readonly exclude?: Csr | undefined;
}

/** For each target, in the order of `targets.items`: how many other candidates score higher, and how many equal. */
export interface Ranks {
  readonly greater: Int32Array;
  readonly equal: Int32Array;
  /** Per row of the request: candidates ranked, targets included. */
  readonly candidates: Int32Array;
}

/** Rejects with EVAL_SCORES where a score that was looked at is NaN or infinite: it names the pair. */
export interface Scorer extends Disposable {
  /** Scores of the pairs (users[i], items[i]). */
  score(users: Int32Array, items: Int32Array): Promise<Float32Array>;
  topK(request: TopKRequest): Promise<TopK>;
  /** Full-catalogue ranks without ever holding users x items scores. */
  ranks(request: RankRequest): Promise<Ranks>;
  dispose(): void;
}

/** Where an inverted file has its vectors. */
export interface IndexParts {
  /** `[cells, width]` */
  readonly centroids: Float32Array;
  /** The cell of each item. */
  readonly cellOf: Int32Array;
}

export interface IndexSpec {
  /** `[items, width]`, finite; copied. */
  readonly vectors: Float32Array;
  readonly width: number;
  /** How many cells are to be found by k-means; or those found before: items after the last of `cellOf` get the nearest cell. */
  readonly cells: number | IndexParts;
  readonly seed: number;
  readonly threads: number;
}

export interface IndexSearch {
  /** `[rows, width]` */
  readonly queries: Float32Array;
  readonly k: number;
  /** So many items that may be found are looked at, and the rest of the last cell; more where they are fewer than k. */
  readonly effort: number;
  /** Items never found, per row. */
  readonly exclude?: Csr | undefined;
  /** The only items that may be found (ascending), for all rows. */
  readonly candidates?: Int32Array | undefined;
}

/** An inverted file: finds most of the largest inner products without looking at all items. */
export interface VectorIndex extends Disposable {
  parts(): Promise<IndexParts>;
  /** As `Scorer.topK`, among the items that are looked at. */
  search(search: IndexSearch): Promise<TopK>;
  dispose(): void;
}

/** Named inputs of one evaluation of a plan. */
export type Feeds = Readonly<Record<string, Int32Array | Float32Array>>;

/**
 * What takes time in proportion to a model or its data is done off the main thread, or in portions of some milliseconds on it
 * (reference engine and WebAssembly without workers: what is no run of steps in one portion). Arrays that are handed over are
 * copied; they must not change before the promise is settled.
 */
export interface Engine {
  readonly name: "native" | "wasm" | "reference";
  trainer(spec: TrainSpec): Promise<Trainer>;
  scorer(spec: ScoreSpec): Promise<Scorer>;
  /**
   * Evaluates a plan once on explicit inputs and returns every output, row-sparse ones as dense. Dropout uses epoch 0,
   * step 0 and `seed`. For tests, explanations and fold-in, not for speed.
   */
  evaluate(
    plan: Plan,
    parameters: Readonly<Record<string, Float32Array>>,
    feeds: Feeds,
    seed?: number,
    data?: DataMatrices,
  ): Promise<Record<string, Float32Array>>;
  readonly solver: Solver;
  /** Rejects with ENGINE_INPUT where vectors, centroids and cells do not fit. */
  index(spec: IndexSpec): Promise<VectorIndex>;
  /**
   * A list that differs within itself: places of the candidates chosen, in the order of the list. The same as `diversify` of `penchant/rerank`.
   * Rejects with CONFIG_VALUE where a number lies outside its range, ENGINE_INPUT where sets are malformed.
   */
  diversify(request: DiversityRequest): Promise<Int32Array>;
}
