import {
  ease,
  fism,
  gmf,
  ials,
  itemKnn,
  lightGcn,
  mlp,
  neuMf,
  pureSvd,
  rp3Beta,
  sasRec,
  slim,
} from "../../models/index.ts";
import type { Model } from "../../nn/model.ts";
import type { TrainingSettings } from "../../train/index.ts";

/** One row of the published tables and how we train it. */
export interface Recipe {
  readonly name: string;
  readonly model: Model;
  readonly factors: number;
  /** Where the number was published. */
  readonly source: string;
  /** Absent: this test was never published for the model, which is measured beside the others. */
  readonly published?: { readonly "hr@10": number; readonly "ndcg@10": number };
  /** Chosen on the validation part alone; see docs/reproductions.md. */
  readonly settings: Partial<TrainingSettings>;
  /** The epoch that the validation part chose, counted from 1. */
  readonly chosenEpoch: number;
  readonly seeds: readonly number[];
  /** Start from GMF and MLP runs, trained by these settings (He et al. 2017, section 3.4.1). */
  readonly pretraining?: {
    readonly gmf: Partial<TrainingSettings>;
    readonly mlp: Partial<TrainingSettings>;
    readonly alpha: number;
  };
}

const paper = "He et al. 2017, table 2";
/** The settings of these rows are the published ones: nothing is chosen here. */
const toisTable = "Ferrari Dacrema et al. 2021 (TOIS), additional material, tables 54 to 60";
const rendle = { iterations: 12, unobserved: 0.3, l2: 0.007, exponent: 1, steps: 0 };
const solved = { settings: {}, chosenEpoch: 0 } as const;
const ncf: Partial<TrainingSettings> = { epochs: 20, batchSize: 256, learningRate: 0.001, negatives: 4, l2: 0 };

/** Textbook Adam moves all rows in every step: larger batches make that affordable. */
const textbook: Partial<TrainingSettings> = { ...ncf, batchSize: 1024, learningRate: 0.002, lazy: false };
/** The tower at 64 factors, alone and before it joins GMF. */
const mlp64: Partial<TrainingSettings> = { ...textbook, epochs: 20, l2: 2.2e-6, averageFrom: 8 };

export const recipes: readonly Recipe[] = [
  {
    name: "neumf-8",
    model: neuMf({ factors: 8 }),
    factors: 8,
    source: paper,
    published: { "hr@10": 0.688, "ndcg@10": 0.41 },
    settings: { ...textbook, epochs: 40, l2: 5e-6, averageFrom: 14 },
    chosenEpoch: 40,
    seeds: [1, 2, 3],
  },
  {
    name: "item-knn",
    model: itemKnn({ neighbours: 111, similarity: "bm25", shrinkage: 298 }),
    factors: 111,
    source: toisTable,
    published: { "hr@10": 0.6694, "ndcg@10": 0.3979 },
    ...solved,
    seeds: [1],
  },
  {
    name: "rp3beta",
    model: rp3Beta({ neighbours: 546, alpha: 1.0807, beta: 0.7029 }),
    factors: 546,
    source: toisTable,
    published: { "hr@10": 0.6758, "ndcg@10": 0.4011 },
    ...solved,
    seeds: [1],
  },
  {
    name: "slim",
    // alpha 0.0788 and l1_ratio 1.19e-5 of scikit-learn, times the 6,040 users.
    model: slim({ l1: 0.00566, l2: 476, neighbours: 544 }),
    factors: 544,
    source: toisTable,
    published: { "hr@10": 0.7162, "ndcg@10": 0.4468 },
    ...solved,
    seeds: [1],
  },
  {
    name: "pure-svd",
    model: pureSvd({ factors: 52 }),
    factors: 52,
    source: toisTable,
    published: { "hr@10": 0.6937, "ndcg@10": 0.4303 },
    ...solved,
    seeds: [1],
  },
  {
    name: "ease",
    model: ease({ l2: 1320 }),
    factors: 0,
    source: toisTable,
    published: { "hr@10": 0.7192, "ndcg@10": 0.4494 },
    ...solved,
    seeds: [1],
  },
  {
    name: "ials-64",
    model: ials({ ...rendle, factors: 64 }),
    factors: 64,
    source: "Rendle et al. 2022, section 3.2",
    published: { "hr@10": 0.722, "ndcg@10": 0.445 },
    ...solved,
    seeds: [1, 2, 3],
  },
  {
    name: "ials-192",
    model: ials({ ...rendle, factors: 192 }),
    factors: 192,
    source: "irspack, 1-vs-100-negative.ipynb (the level of Rendle et al. 2022)",
    published: { "hr@10": 0.731, "ndcg@10": 0.452 },
    ...solved,
    seeds: [1, 2, 3],
  },
  {
    name: "lightgcn",
    model: lightGcn({ temperature: 0 }),
    factors: 64,
    source: "He et al. 2020, on other data",
    settings: { epochs: 60, batchSize: 16384, learningRate: 0.01, negatives: 1, l2: 0 },
    chosenEpoch: 42,
    seeds: [1],
  },
  {
    name: "lightgcn-softmax",
    model: lightGcn({ temperature: 0.2, layers: 2, dim: 128 }),
    factors: 128,
    source: "never published on this test",
    settings: { epochs: 60, batchSize: 512, learningRate: 0.01, schedule: "cosine", finalRate: 0.05 },
    chosenEpoch: 35,
    seeds: [1],
  },
  {
    name: "fism",
    model: fism({ factors: 16, alpha: 0.5 }),
    factors: 16,
    source: "never published on this data by its authors",
    settings: { ...textbook, epochs: 20, l2: 1e-6, averageFrom: 9 },
    chosenEpoch: 20,
    seeds: [1],
  },
  {
    name: "sasrec",
    model: sasRec(),
    factors: 64,
    source: "Kang & McAuley 2018, on other items and candidates",
    settings: { epochs: 20, batchSize: 32, learningRate: 0.001, l2: 0 },
    chosenEpoch: 20,
    seeds: [1],
  },
  {
    name: "gmf-32",
    model: gmf({ factors: 32 }),
    factors: 32,
    source: "guoyang9/NCF, README",
    published: { "hr@10": 0.708, "ndcg@10": 0.429 },
    settings: { ...ncf, epochs: 30, lazy: false, l2: 3e-6, averageFrom: 9 },
    chosenEpoch: 30,
    seeds: [1, 2, 3],
  },
  {
    name: "neumf-64",
    model: neuMf({ factors: 64, gmfL2: 1e-5 }),
    factors: 64,
    source: paper,
    published: { "hr@10": 0.705, "ndcg@10": 0.426 },
    settings: { ...mlp64, epochs: 18 },
    chosenEpoch: 18,
    seeds: [1, 2, 3],
  },
  {
    name: "mlp-64",
    model: mlp({ factors: 64 }),
    factors: 64,
    source:
      "He et al. 2017, tables 3 and 4 (MLP-4; here, as in the authors' code, the widest of its layers is the embeddings')",
    // biome-ignore lint/suspicious/noApproximativeNumericConstant: an accuracy, not 1/sqrt(2)
    published: { "hr@10": 0.707, "ndcg@10": 0.432 },
    settings: mlp64,
    chosenEpoch: 20,
    seeds: [1, 2, 3],
  },
  {
    name: "neumf-64-pretrained",
    model: neuMf({ factors: 64 }),
    factors: 64,
    source: paper,
    published: { "hr@10": 0.73, "ndcg@10": 0.447 },
    // Plain SGD at the authors' own rate (section 3.4.1): faster ones lose what the two parts have learned apart.
    settings: { ...ncf, epochs: 1, batchSize: 1024, optimizer: "sgd" },
    chosenEpoch: 1,
    seeds: [1, 2, 3],
    pretraining: {
      gmf: { ...ncf, epochs: 24, negatives: 8, lazy: false, l2: 6e-6, averageFrom: 9 },
      mlp: mlp64,
      alpha: 0.5,
    },
  },
];
