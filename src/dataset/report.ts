import { columnCounts, degrees } from "../core/csr.ts";
import { type FeatureColumn, type FeatureReport, reportFeatures } from "../features/index.ts";
import type { SourceReport, Warning } from "../ingest/index.ts";
import type { DuplicatePolicy } from "./build.ts";
import { countsByEvent } from "./context.ts";
import type { Interactions } from "./interactions.ts";
import { LEAST } from "./split/split.ts";
import { lastTies, type Ties } from "./split/ties.ts";
import {
  type Spread,
  spreadOf,
  type TimeStatistics,
  timeStatistics,
  type ValueStatistics,
  valueStatistics,
} from "./statistics.ts";
import { suspicions } from "./suspicions.ts";

/** The quality report of a data set: what was read, what it looks like, what is suspicious. Plain JSON. */
export interface DatasetReport {
  readonly source: SourceReport;
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Events that are kept beside them, repeats included; absent where each pair happened once, in one way. */
  readonly events?: number;
  /** interactions / (users x items). */
  readonly density: number;
  readonly duplicates: { readonly count: number; readonly policy: string };
  readonly perUser: Spread;
  readonly perItem: Spread;
  readonly values?: ValueStatistics;
  readonly times?: TimeStatistics;
  /** Users for whom times alone do not tell which interaction was the last. Absent without times. */
  readonly ties?: Ties;
  /** Sizes of the parts that a benchmark fixes. */
  readonly given?: { readonly validation: number; readonly test: number; readonly candidates: number };
  /** What is known of events besides; absent where nothing is. */
  readonly context?: readonly FeatureReport[];
  readonly warnings: readonly Warning[];
}

const POLICIES: Readonly<Record<DuplicatePolicy, string>> = {
  last: "of several rows for a user and an item the latest is kept, of equal times the one later in the file",
  sum: "values of several rows for a user and an item are added, and the latest time is kept",
};

/** How the data set was made of rows that repeat. */
export function policyOf({ duplicates }: Pick<DatasetReport, "duplicates">): DuplicatePolicy {
  return duplicates.policy === POLICIES.sum ? "sum" : "last";
}

interface ReportParts {
  readonly source: SourceReport;
  readonly interactions: Interactions;
  readonly duplicates: number;
  readonly policy: DuplicatePolicy;
  readonly given?: DatasetReport["given"] | undefined;
  readonly context?: readonly FeatureColumn[] | undefined;
}

export function reportOf({ source, interactions, duplicates, policy, given, context }: ReportParts): DatasetReport {
  const [users, items] = [interactions.users.size, interactions.items.size];
  const values = valueStatistics(interactions);
  const times = timeStatistics(interactions);
  const ties = lastTies(interactions, LEAST);
  const perUser = spreadOf(degrees(interactions.byUser.offsets));
  const perItem = spreadOf(columnCounts(interactions.byUser.items, items));
  const merged = nearlyAllMerged(source, interactions.size, duplicates);
  const told = context && reportFeatures(context, countsByEvent(interactions, context));
  const suspected = [...merged, ...suspicions(interactions, { values, times, perUser })];
  return {
    source: merged.length > 0 ? { ...source, confidence: Math.min(source.confidence ?? 1, DOUBTFUL) } : source,
    users,
    items,
    interactions: interactions.size,
    ...(interactions.recorded && { events: interactions.events.items.length }),
    density: interactions.size / (users * items),
    duplicates: { count: duplicates, policy: POLICIES[policy] },
    perUser,
    perItem,
    ...(values && { values }),
    ...(times && { times }),
    ...(ties && { ties }),
    ...(given && { given }),
    ...(told && { context: told }),
    warnings: [
      ...source.warnings,
      ...(told ?? []).flatMap((feature) => feature.warnings),
      ...suspected.filter(({ code }) => !isToldAlready(code, source.warnings)),
    ],
  };
}

/** Share of the rows that are merged into others from which a column is probably the wrong one. */
const NEARLY_ALL = 0.9;
/** How sure columns are that nearly every row agrees on. */
const DOUBTFUL = 0.3;

function nearlyAllMerged({ alternatives = [] }: SourceReport, size: number, duplicates: number): Warning[] {
  if (duplicates < NEARLY_ALL * (size + duplicates) || duplicates < 10) return [];
  const others = alternatives.map(({ command }) => command).join(", or ");
  const message = `${duplicates} of ${size + duplicates} rows were merged into others of the same user and item: are these the right columns?${others && ` If they are not: ${others}`}`;
  return [{ code: "nearly-all-merged", message }];
}

/** The same fact, told with the columns that it is about. */
function isToldAlready(code: string, warnings: readonly Warning[]): boolean {
  return code === "one-row-per-user" && warnings.some((warning) => warning.code === "user-in-every-row");
}
