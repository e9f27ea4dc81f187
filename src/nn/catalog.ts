/** A picture among the columns of features: red, green and blue of each pixel, row by row, times `scale`. */
export interface PictureColumns {
  readonly start: number;
  /** In pixels. */
  readonly side: number;
  readonly scale: number;
}

/** Sizes and statistics of the training data: they come from the data, never from the person configuring a model. */
export interface Catalog {
  readonly users: number;
  readonly items: number;
  /** Mean of the training values. */
  readonly meanValue: number;
  /** Training interactions of each item, length `items`. */
  readonly itemCounts: Float32Array;
  /** Columns of the features of each side, 0 where it has none. Default: none. */
  readonly features?: {
    readonly users: number;
    readonly items: number;
    /** Where the pictures of items are among their columns; their first one where they have several. */
    readonly picture?: PictureColumns | undefined;
  };
  /** Columns of what is known of events, and how many events training learns from. Default: nothing is. */
  readonly context?: { readonly columns: number; readonly events: number } | undefined;
}
