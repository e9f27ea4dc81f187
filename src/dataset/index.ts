export type { Inspection, ReadOptions, SourceReport, Warning } from "../ingest/index.ts";
export { importCommand, inspect, isPostgres, loggedName, STDIN, shellWord, shownPlace } from "../ingest/index.ts";
export { type Built, buildInteractions, type DuplicatePolicy, fromEvents } from "./build.ts";
export { type Dataset, type ImportOptions, importDataset, readInteractions } from "./dataset.ts";
export type { EventRows } from "./event-rows.ts";
export { type ExtendedDataset, extendDataset } from "./extend.ts";
export { readRows } from "./feature-rows.ts";
export {
  type AddedFeatures,
  addFeatures,
  extendFeatures,
  type FeatureSource,
  featureReports,
} from "./features.ts";
export { asWord, withoutUser } from "./forget.ts";
export { knowledgeOf, type SplitKnowledge } from "./future.ts";
export { type ImplicitRule, toImplicit } from "./implicit.ts";
export { type CatalogCounts, type Entry, Interactions } from "./interactions.ts";
export { type CoreSizes, kCore } from "./k-core.ts";
export { knownItems } from "./known.ts";
export { checkLeakage } from "./leakage.ts";
export { type Judgement, judge, likesApart, splitLikes } from "./likes.ts";
export { mergeParts } from "./merge.ts";
export { heldOutRows } from "./moments.ts";
export { readNcfMl1m } from "./ncf-ml-1m.ts";
export { readPicture } from "./pictures.ts";
export { type AliasTable, popularityTable } from "./popularity.ts";
export { withKnownValues } from "./rated.ts";
export type { DatasetReport } from "./report.ts";
export { type ColdOptions, coldSplit } from "./split/cold.ts";
export { type FoldOptions, foldSplit } from "./split/folds.ts";
export { type GivenOptions, type GivenParts, givenSplit } from "./split/given.ts";
export { type LeaveLastOutOptions, leaveLastOut } from "./split/leave-last-out.ts";
export { noSplit } from "./split/none.ts";
export { type RatioOptions, ratioSplit } from "./split/ratio.ts";
export { isCold, type Split, type SplitKind } from "./split/split.ts";
export { type TimeOptions, timeSplit } from "./split/time.ts";
export { type WindowOptions, windowSplit } from "./split/windows.ts";
export type { HistogramBar, Spread, TimeStatistics, ValueStatistics } from "./statistics.ts";
export { loadDataset, loadReport, saveDataset } from "./store/store.ts";
export type { Film, Member } from "./synthetic/cast.ts";
export { type FilmClub, type FilmClubOptions, filmClub, filmClubCsv } from "./synthetic/film-club.ts";
export { type HugeOptions, hugeInteractions } from "./synthetic/huge.ts";
export type { TimedCsr } from "./timed.ts";
export { Vocabulary } from "./vocabulary.ts";
