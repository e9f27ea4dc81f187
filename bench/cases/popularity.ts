import { catalogOf, type DataSet } from "../data/dataset.ts";
import { type FeedSpec, popularityTable } from "../penchant.ts";

/** Negatives in proportion to an item's interactions, as implicit draws them. */
export const popularityOf = (data: DataSet): FeedSpec["distribution"] => popularityTable(catalogOf(data).itemCounts, 1);
