import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fail } from "../core/errors.ts";
import {
  type AddedFeatures,
  addFeatures,
  type DatasetReport,
  type FeatureSource,
  type ImportOptions,
  importCommand,
  importDataset,
  inspect,
  isPostgres,
  STDIN,
  saveDataset,
  shellWord,
  shownPlace,
} from "../dataset/index.ts";
import { importProgress } from "./import-progress.ts";
import { otherOf, refuseName } from "./name-taken.ts";
import type { Session } from "./session.ts";
import { checkName, plainName } from "./workspace/names.ts";

/** What `penchant import --json` prints. */
export interface ImportSummary {
  readonly dataset: string;
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Malformed lines, left out. */
  readonly rejected: number;
  /** The first of them. */
  readonly rejectedLines: DatasetReport["source"]["rejected"]["first"];
  /** Rows that were merged into others of the same user and item. */
  readonly duplicates: number;
  /** Which column was taken for what, by role. */
  readonly columns: Readonly<Record<string, string>>;
  readonly warnings: DatasetReport["warnings"];
  /** The first two interactions, as they were understood. */
  readonly first: NonNullable<DatasetReport["source"]["first"]>;
  /** 0..1: how sure the user and the item are. Absent for benchmarks, whose columns are fixed. */
  readonly confidence?: number;
  /** The best other readings, the better one first. */
  readonly alternatives?: readonly { readonly why: string; readonly command: string }[];
  /** How the files of features were understood. */
  readonly features?: readonly AddedFeatures[];
  /** What else is known of each event. */
  readonly context?: DatasetReport["context"];
  /** Nothing was written. */
  readonly dryRun?: true;
  /** Sizes of the parts that a benchmark fixes. */
  readonly given?: DatasetReport["given"];
}

export interface Imported {
  readonly summary: ImportSummary;
  readonly report: DatasetReport;
  /** What was asked for, as a command. */
  readonly command: string;
}

export interface ImportRequest extends ImportOptions {
  /** Default: made from the first file's name, unless that stands for other data. */
  readonly name?: string | undefined;
  /** Files of what is known of items and users besides. */
  readonly features?: readonly FeatureSource[] | undefined;
  /** Reads and answers, and writes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Added to what the report warns of. */
  readonly warnings?: DatasetReport["warnings"];
}

/** Reads places into a data set of the workspace, whole or not at all. Throws WORKSPACE_TAKEN and as `importDataset` does. */
export async function importInto(
  session: Session,
  places: readonly string[],
  request: ImportRequest,
): Promise<Imported> {
  const { name: wanted, dryRun = false, warnings = [], features = [], ...reading } = request;
  const { workspace, signal } = session;
  if (reading.query !== undefined && !places.some(isPostgres)) {
    fail("USAGE_ARGUMENTS", {
      what: "--query is for databases, and no place is one",
      expected: "postgres://HOST/NAME",
    });
  }
  const name = checkName("dataset", wanted ?? nameOfPlaces(places));
  const origin = originOf(places, reading.query);
  const options = { ...reading, command: commandOf(places, wanted, reading) };
  if (wanted === undefined && !dryRun) {
    const other = await otherOf(session, name, origin);
    if (other !== undefined) {
      if (origin !== "") await inspect(places, options); // what cannot be read at all is told first
      refuseName({ session, name, places, other });
    }
  }
  const release = dryRun ? () => {} : workspace.lock("dataset", name);
  const progress = importProgress(session);
  try {
    let dataset = await importDataset(places, { ...options, signal, onProgress: progress.show });
    const told: AddedFeatures[] = [];
    for (const file of features) {
      const { dataset: richer, added } = await addFeatures(dataset, file);
      dataset = richer;
      told.push(added);
    }
    signal.throwIfAborted();
    const source = { ...dataset.report.source, origin };
    const report = { ...dataset.report, source, warnings: [...dataset.report.warnings, ...warnings] };
    if (!dryRun) await workspace.write("dataset", name, (folder) => saveDataset(folder, { ...dataset, report }));
    return {
      summary: { ...summarize(name, report, dryRun), ...(told.length > 0 && { features: told }) },
      report,
      command: importCommand("", options),
    };
  } finally {
    progress.clear();
    release();
  }
}

/** How the command begins: what is no matter of reading comes first. */
function commandOf(
  places: readonly string[],
  name: string | undefined,
  { duplicates, strict, query }: ImportOptions,
): string {
  return [
    `penchant import ${places.map((place) => shellWord(shownPlace(place))).join(" ")}`,
    ...(query === undefined ? [] : ["--query", shellWord(query)]),
    ...(name === undefined ? [] : ["--name", name]),
    ...(duplicates === "sum" ? ["--duplicates", "sum"] : []),
    ...(strict ? ["--strict"] : []),
  ].join(" ");
}

/** Of several files their folder's name, where they have one in common. */
function nameOfPlaces([first = STDIN, ...others]: readonly string[]): string {
  if (first === STDIN || first.startsWith("/dev/")) return "stdin";
  if (isPostgres(first)) return plainName(new URL(first).pathname.slice(1) || "postgres");
  const folder = dirname(first);
  const isFolder = others.length > 0 && folder !== "." && others.every((place) => dirname(place) === folder);
  const name = isFolder ? folder : first;
  return plainName(/[*?[\]{}]/.test(basename(name)) && !existsSync(name) ? dirname(resolve(name)) : resolve(name));
}

const isPiped = (place: string): boolean => place === STDIN || place.startsWith("/dev/") || place.startsWith("/proc/");

/** Absolute paths; nothing for a pipe, whose contents nobody can name. */
function originOf(places: readonly string[], query: string | undefined): string {
  const one = (place: string) => (isPostgres(place) ? `${shownPlace(place)} ${query}` : resolve(place));
  return places.some(isPiped) ? "" : places.map(one).join(", ");
}

function summarize(dataset: string, report: DatasetReport, dryRun: boolean): ImportSummary {
  const { users, items, interactions, duplicates, source, warnings, given, context } = report;
  const roles = source.columns.flatMap(({ role, name }) => (role === undefined ? [] : [[role, name] as const]));
  return {
    ...{ dataset, users, items, interactions },
    rejected: source.rejected.count,
    rejectedLines: source.rejected.first,
    duplicates: duplicates.count,
    columns: Object.fromEntries(roles),
    warnings,
    first: source.first ?? [],
    ...(source.confidence !== undefined && { confidence: source.confidence }),
    ...(source.alternatives && { alternatives: source.alternatives.map(({ why, command }) => ({ why, command })) }),
    ...(context && { context }),
    ...(dryRun && { dryRun }),
    ...(given && { given }),
  };
}
