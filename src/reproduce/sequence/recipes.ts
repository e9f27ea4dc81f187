/** What is ranked on both tests, and how it is trained. */
import { caser, ease, gru4Rec, itemKnn, markov, popularity, sasRec } from "../../models/index.ts";
import type { Model } from "../../nn/model.ts";
import type { TrainingSettings } from "../../train/index.ts";

export const metrics = ["hr@10", "ndcg@10"] as const;
type Published = Readonly<Record<(typeof metrics)[number], number>>;

export interface Recipe {
  readonly name: string;
  readonly factors: number;
  readonly model: Model;
  readonly settings: Partial<TrainingSettings>;
  /** The epoch that the validation part chose, counted from 1. Absent: every run chooses its own. */
  readonly chosenEpoch?: number;
  /** By leave-last-out, of all items and among 100; undefined where there is no comparable number. */
  readonly published?: readonly (Published | undefined)[];
}

/** Models that do not look at order, and the last event alone, as they come. */
const plain: readonly Recipe[] = [
  { name: "popularity", factors: 0, model: popularity() as Model, settings: {} },
  { name: "item-knn", factors: 0, model: itemKnn() as Model, settings: {} },
  { name: "ease", factors: 0, model: ease() as Model, settings: {} },
  { name: "markov", factors: 0, model: markov() as Model, settings: {} },
];

export const recipes: readonly Recipe[] = [
  ...plain,
  {
    name: "sasrec",
    factors: 128,
    model: sasRec() as Model,
    settings: { epochs: 60, batchSize: 64, learningRate: 0.001, schedule: "cosine", finalRate: 0.05 },
    chosenEpoch: 40,
    published: [
      // Klenitskiy & Vasilev 2023, table 3: with cross-entropy over the whole catalogue.
      { "hr@10": 0.3152, "ndcg@10": 0.1821 },
      // Kang & McAuley 2018, table III; their negatives are 100 as well, drawn uniformly of what the user has not met.
      { "hr@10": 0.8245, "ndcg@10": 0.5905 },
    ],
  },
  {
    name: "sasrec-sampled-256",
    factors: 64,
    model: sasRec({ width: 64, dropout: 0.1, loss: "sampled-softmax", negatives: 256 }) as Model,
    settings: { epochs: 100, batchSize: 64, learningRate: 0.001 },
    // blondered/transformer_benchmark, README: sampled softmax with 256 negatives.
    published: [{ "hr@10": 0.2929, "ndcg@10": 0.1684 }, undefined],
  },
  {
    name: "sasrec-sampled-3000",
    factors: 128,
    model: sasRec({ loss: "sampled-softmax", negatives: 3000 }) as Model,
    settings: { epochs: 60, batchSize: 64, learningRate: 0.001, schedule: "cosine", finalRate: 0.05 },
    // Klenitskiy & Vasilev 2023, table 3.
    published: [{ "hr@10": 0.3159, "ndcg@10": 0.1857 }, undefined],
  },
  {
    name: "sasrec-gbce",
    factors: 128,
    model: sasRec({ loss: "gbce", negatives: 256, calibration: 0.75 }) as Model,
    settings: { epochs: 100, batchSize: 64, learningRate: 0.001 },
    // Petrov & Macdonald 2023, with 256 negatives and t = 0.75.
    published: [{ "hr@10": 0.3003, "ndcg@10": 0.1726 }, undefined],
  },
  {
    name: "gru4rec",
    factors: 64,
    model: gru4Rec() as Model,
    settings: { epochs: 100, batchSize: 32, learningRate: 0.001 },
    // Quoted with cross-entropy in the README of meta-recsys/generative-recommenders.
    published: [{ "hr@10": 0.2811, "ndcg@10": 0.1648 }, undefined],
  },
  {
    name: "caser",
    factors: 64,
    model: caser() as Model,
    settings: { epochs: 100, batchSize: 32, learningRate: 0.001 },
  },
];
