/** One value of one item or user, as a file or a request has it. `null`, an empty text, `NULL` and `NaN` mean: not known. */
export type Cell = string | number | boolean | null | readonly (string | number)[];

/** How a feature is read. `none`: not at all, because it says nothing of others. */
export const KINDS = [
  "categorical",
  "multi",
  "boolean",
  "number",
  "log",
  "price",
  "buckets",
  "time",
  "text",
  "vector",
  "image",
  "place",
  "none",
] as const;
export type Kind = (typeof KINDS)[number];

/** What is known of all items (or users), column by column, as it was imported: nothing in it was learned. */
export interface FeatureColumn {
  readonly name: string;
  readonly kind: Kind;
  /** Column of the ids in the file that it came from. */
  readonly id?: string;
  /** Why it was taken for this kind. */
  readonly why: string;
  /** By index of the item (or user). */
  readonly values: readonly Cell[];
}

/** Features of both sides of a data set, and of its events. */
export interface Features {
  readonly users?: readonly FeatureColumn[] | undefined;
  readonly items?: readonly FeatureColumn[] | undefined;
  /** What is known of events besides who, what and when: values by the rows that interactions name (`TimedCsr.context`). */
  readonly context?: readonly FeatureColumn[] | undefined;
}

/** Values by the names of their features; what is not named is not known. */
export type FeatureRow = Readonly<Record<string, Cell>>;

/**
 * One feature with all that was learned of it from training rows; plain JSON. Its numbers stand in `width` columns. What is
 * missing, and what training has not seen, has no number there: 0 everywhere.
 */
export type FittedFeature = { readonly name: string; readonly width: number } & (
  | {
      readonly kind: "categorical" | "multi" | "boolean" | "place";
      /** Of places the cells of all grids. A column each; undefined where there are too many, and columns are their hashes. */
      readonly categories: readonly string[] | undefined;
    }
  /** (x - mean) / deviation; of `log` and `price` x is the logarithm of 1 + the number. */
  | { readonly kind: "number" | "log" | "price"; readonly mean: number; readonly deviation: number }
  /** Numbers below the first edge, from it to the second … */
  | { readonly kind: "buckets"; readonly edges: readonly number[] }
  /** Days since 1970 in buckets, then months, then days of the week. */
  | { readonly kind: "time"; readonly edges: readonly number[] }
  /** Hashes of words and of three letters in a row, a column each, with their inverse document frequency. */
  | { readonly kind: "text"; readonly tokens: readonly number[]; readonly idf: readonly number[] }
  /** As it is, times a scale that gives the mean row the length 1. */
  | { readonly kind: "vector"; readonly scale: number }
  /** Red, green and blue of each pixel, from -1 to 1, row by row, times a scale that gives the mean picture the length 1. */
  | { readonly kind: "image"; readonly side: number; readonly scale: number }
);

/** The same of events, and what tells how their time lies. */
export interface FittedContext extends FittedFeatures {
  /** Names that are columns of the data: the others are what the time tells. */
  readonly told: readonly string[];
  /** Unix seconds at which the training data end; absent where they have no times. */
  readonly end?: number | undefined;
}

/** How rows become numbers: the same in training and in answering. Plain JSON. */
export interface FittedFeatures {
  readonly columns: readonly FittedFeature[];
  /** Column of the ids in the file of the first feature. */
  readonly id?: string;
  /** Columns of all features together, at least 1. */
  readonly width: number;
}
