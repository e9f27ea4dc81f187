import type { FeatureSource } from "../../dataset/index.ts";
import { contentAttention, ncfFeatures, twoTower, vbpr } from "../../models/index.ts";
import type { Model } from "../../nn/model.ts";
import type { TrainingSettings } from "../../train/index.ts";

export interface ColdSet {
  readonly name: string;
  /** Below the folder that holds all of them. */
  readonly interactions: string;
  readonly features: readonly FeatureSource[];
  /** Rows of so many numbers, little-endian float32, with a file of their ids. */
  readonly vectors?: { readonly path: string; readonly ids: string; readonly width: number };
  readonly settings: Partial<TrainingSettings>;
  /** What a model has of its own here: settings on top of those, and a configuration. */
  readonly own?: Readonly<Record<string, Own>>;
  /** Epochs at most. Default: 20. */
  readonly epochs?: number;
  /** Names of the models that are measured. Default: all. */
  readonly models?: readonly string[];
}

interface Own {
  /** Epochs, where they were chosen before, by the mean over cold splits of the training part: the validation part then chooses nothing. */
  readonly chosen?: number;
  readonly settings?: Partial<TrainingSettings>;
  readonly model?: Model;
}

/** What is known of films of MovieLens-1M and of who sees them, but for posters. */
const plotsAndPeople: readonly FeatureSource[] = [
  {
    ...{ path: "ml-1m-extra/ml1m_extended_movie.csv", side: "item" },
    kinds: {
      ...{ Title: "none", title: "none", original_title: "none", overview: "text", writer: "none" },
      ...{ genres: "none", vote_average: "none", release_date: "none", Year: "buckets", director: "categorical" },
    },
  },
  { path: "ml-1m/users.dat", side: "user" },
];

const posterVectors = { path: "ml-1m-extra/visual_pca64.f32", ids: "ml-1m-extra/ids.txt", width: 64 } as const;
const posterPixels: FeatureSource = { path: "ml-1m-extra/posters", side: "item" };

export const coldSets: readonly ColdSet[] = [
  {
    name: "steam",
    interactions: "steam/game_purchase.dat",
    features: [
      {
        ...{ path: "steam/games_features.tsv", side: "item" },
        kinds: { name: "none", developer: "categorical", source: "none" },
      },
    ],
    settings: { batchSize: 512, learningRate: 0.002 },
  },
  {
    name: "lastfm-2k",
    interactions: "lastfm-2k/user_artists.dat",
    features: [
      {
        ...{ path: "lastfm-2k/user_taggedartists.dat", side: "item", id: "artistID", gather: true },
        kinds: { userID: "none", tagID: "multi", day: "none", month: "none", year: "none" },
      },
    ],
    settings: { batchSize: 512, learningRate: 0.002 },
  },
  {
    name: "ml-latest-small",
    interactions: "ml-latest-small/ratings.csv",
    features: [
      { path: "ml-latest-small/movies.csv", side: "item", kinds: { title: "none", genres: "multi" } },
      {
        ...{ path: "ml-latest-small/tags.csv", side: "item", id: "movieId", gather: true },
        kinds: { userId: "none", tag: "multi", timestamp: "none" },
      },
    ],
    settings: { batchSize: 512, learningRate: 0.002 },
  },
  {
    name: "ml-1m",
    interactions: "ml-1m/ratings.tsv.gz",
    features: plotsAndPeople,
    settings: { batchSize: 2048, learningRate: 0.004, negatives: 1 },
  },
  {
    name: "ml-1m-posters",
    interactions: "ml-1m/ratings.tsv.gz",
    features: [],
    vectors: posterVectors,
    settings: { batchSize: 4096, learningRate: 0.004, negatives: 4 },
    models: ["vbpr", "two-tower"],
  },
  {
    name: "ml-1m-pixels",
    interactions: "ml-1m/ratings.tsv.gz",
    features: [posterPixels],
    settings: { batchSize: 8192, learningRate: 0.0001 }, // small steps: of three thousand pictures much is learned by heart
    own: {
      "two-tower": { model: twoTower({ channels: 8, temperature: 0.4, idDropout: 0.2 }) as Model },
      vbpr: {
        model: vbpr({ projection: "components", scale: 16 }) as Model,
        settings: { learningRate: 0.0005, negatives: 1 },
        chosen: 6,
      },
      "content-attention": { settings: { learningRate: 0.0005, negatives: 4 } },
    },
    epochs: 12,
    models: ["two-tower", "vbpr", "content-attention"],
  },
  {
    name: "ml-1m-everything",
    interactions: "ml-1m/ratings.tsv.gz",
    features: [...plotsAndPeople, posterPixels],
    vectors: posterVectors,
    settings: { batchSize: 2048, learningRate: 0.004, negatives: 1 },
    epochs: 4,
    models: ["vbpr", "two-tower"],
  },
];

export interface Subject {
  readonly model: Model;
  /** Width of its vectors. */
  readonly factors: number;
  /** Where a batch's items are each other's negatives, it has at least so many. */
  readonly leastBatch?: number;
}

/** What is measured on each of them. */
export const subjects: readonly Subject[] = [
  { model: ncfFeatures() as Model, factors: 32 },
  { model: contentAttention() as Model, factors: 128 },
  { model: vbpr() as Model, factors: 64 },
  { model: twoTower() as Model, factors: 64, leastBatch: 1024 },
];
