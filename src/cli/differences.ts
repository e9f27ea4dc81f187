/** Runs held against the best of them, user by user. */
import { readUsers } from "../artifact/index.ts";
import {
  benjaminiHochberg,
  compareRatings,
  compareUsers,
  type Difference,
  holm,
  type Interval,
  isLowerBetter,
  type UserMetrics,
} from "../evaluate/index.ts";
import type { MeasuredRun } from "./comparison.ts";
import { readUserValues, type UserValues } from "./user-values.ts";

/** A metric of one row against the same of another; positive where the row has more. */
export interface RowDifference {
  /** Names of runs, or of baselines. */
  readonly row: string;
  readonly than: string;
  readonly protocol: string;
  readonly metric: string;
  readonly difference: Interval;
  readonly users: number;
  /** Of them those whose values differ. */
  readonly pairs: number;
  /** Wilcoxon's signed-rank test, and the same corrected for all comparisons of the group. */
  readonly p: number;
  readonly holm: number;
  readonly benjaminiHochberg: number;
  /**
   * `noise` unless the interval of the paired bootstrap leaves out 0 and Holm's p is below .05: then the row is `better` or
   * `worse`.
   */
  readonly verdict: "better" | "worse" | "noise";
}

/** Where a row's values by user are. */
export interface ValueSource {
  readonly name: string;
  readonly of: MeasuredRun;
  /** `run`, or the baseline. */
  readonly scorer: string;
}

/** A column of the comparison. */
export interface Column {
  readonly protocol: string;
  readonly label: string;
}

/** A column, and the name of the row that the others are held against in it. */
export interface HeldColumn extends Column {
  readonly than: string;
}

const LEVEL = 0.05;

type Tables = ReadonlyMap<string, UserMetrics>;
type Uncorrected = Omit<RowDifference, "holm" | "benjaminiHochberg" | "verdict">;

/** Every row against the one named with each column; those without values by user are left out. */
export async function differencesTo(
  sources: readonly ValueSource[],
  { columns, seed }: { readonly columns: readonly HeldColumn[]; readonly seed: number },
): Promise<RowDifference[]> {
  const rows = await tablesOf(sources);
  const found: Uncorrected[] = [];
  for (const [row, tables] of rows) {
    for (const { than, protocol, labels } of alike(columns)) {
      const best = rows.get(than);
      if (!best || tables === best) continue;
      for (const [metric, compared] of Object.entries(comparedIn({ protocol, labels }, tables, best, seed))) {
        if (!labels.includes(metric)) continue;
        const { value, low, high, ...rest } = compared;
        found.push({ row, than, protocol, metric, difference: { value, low, high }, ...rest });
      }
    }
  }
  return corrected(found);
}

/** Columns of one protocol that are held against the same row, in the order of the first of each. */
function alike(columns: readonly HeldColumn[]) {
  const groups = new Map<string, { than: string; protocol: string; labels: string[] }>();
  for (const { than, protocol, label } of columns) {
    const key = JSON.stringify([than, protocol]);
    const group = groups.get(key) ?? { than, protocol, labels: [] };
    group.labels.push(label);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function corrected(found: readonly Uncorrected[]): RowDifference[] {
  const ps = found.map(({ p }) => p);
  const [strict, discovered] = [holm(ps), benjaminiHochberg(ps)];
  return found.map((each, i) => {
    const p = { holm: strict[i] as number, benjaminiHochberg: discovered[i] as number };
    return { ...each, ...p, verdict: verdictOf(each.difference, p.holm, isLowerBetter(each.metric)) };
  });
}

function verdictOf({ value, low, high }: Interval, p: number, lowerIsBetter: boolean): RowDifference["verdict"] {
  if (p >= LEVEL || (low <= 0 && high >= 0)) return "noise";
  return value > 0 === lowerIsBetter ? "worse" : "better";
}

/** By protocol, of each row that has any; users by one numbering. */
async function tablesOf(sources: readonly ValueSource[]): Promise<ReadonlyMap<string, Tables>> {
  const number = await numbering(sources.map(({ of }) => of));
  const rows = new Map<string, Tables>();
  const read = new Map<MeasuredRun, UserValues>();
  for (const { name, of, scorer } of sources) {
    const { perUser } = of.evaluation;
    if (!perUser) continue;
    const values = read.get(of) ?? (await readUserValues(of.run.folder, perUser));
    read.set(of, values);
    const tables = new Map<string, UserMetrics>();
    for (const [protocol, scorers] of values) {
      const table = scorers.get(scorer);
      if (table) tables.set(protocol, { ...table, users: table.users.map(number(of)) });
    }
    if (tables.size > 0) rows.set(name, tables);
  }
  return rows;
}

/** Runs of the same data number their users alike, until somebody is forgotten: then the ids tell who is who. */
async function numbering(runs: readonly MeasuredRun[]): Promise<(run: MeasuredRun) => (user: number) => number> {
  if (runs.every(({ run }) => run.metadata.forgotten === undefined)) return () => (user) => user;
  const numbers = new Map<string, number>();
  const ids = new Map<MeasuredRun, readonly string[]>();
  for (const run of new Set(runs)) {
    const own = await readUsers(run.run.folder);
    for (const id of own) if (!numbers.has(id)) numbers.set(id, numbers.size);
    ids.set(run, own);
  }
  return (run) => (user) => numbers.get(ids.get(run)?.[user] as string) as number;
}

function comparedIn(
  { protocol, labels }: { readonly protocol: string; readonly labels: readonly string[] },
  a: Tables,
  b: Tables,
  seed: number,
): Readonly<Record<string, Difference>> {
  const [own, theirs] = [a.get(protocol), b.get(protocol)];
  if (!own || !theirs) return {};
  const pair = inCommon(own, theirs);
  if (protocol === "rating") return compareRatings(...pair, { seed });
  const both = labels.filter((label) => own.labels.includes(label) && theirs.labels.includes(label));
  if (both.length === 0) return {};
  return compareUsers(narrowed(pair[0], both), narrowed(pair[1], both), { seed });
}

/** The columns named, in that order. */
function narrowed({ users, labels, cells, width }: UserMetrics, wanted: readonly string[]): UserMetrics {
  const kept = wanted.filter((label) => labels.includes(label));
  const places = kept.map((label) => labels.indexOf(label));
  return {
    users,
    labels: kept,
    cells: Float64Array.from(
      { length: users.length * kept.length },
      (_, at) => cells[Math.floor(at / kept.length) * width + (places[at % kept.length] as number)] as number,
    ),
    width: kept.length,
  };
}

/** Users measured in both; somebody may have been forgotten in one. */
function inCommon(a: UserMetrics, b: UserMetrics): [UserMetrics, UserMetrics] {
  const [own, theirs] = [new Set(a.users), new Set(b.users)];
  return [only(a, theirs), only(b, own)];
}

function only(table: UserMetrics, users: ReadonlySet<number>): UserMetrics {
  if (table.users.every((user) => users.has(user))) return table;
  return {
    ...table,
    users: table.users.filter((user) => users.has(user)),
    cells: table.cells.filter((_, at) => users.has(table.users[Math.floor(at / table.width)] as number)),
  };
}
