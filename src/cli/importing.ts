import { type DatasetReport, type ImportOptions, importDataset, saveDataset } from "../dataset/index.ts";
import { importProgress } from "./import-progress.ts";
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
  /** Sizes of the parts that a benchmark fixes. */
  readonly given?: DatasetReport["given"];
}

export interface Imported {
  readonly summary: ImportSummary;
  readonly report: DatasetReport;
}

export interface ImportRequest extends ImportOptions {
  /** Default: made from the file's name. */
  readonly name?: string | undefined;
  /** Added to what the report warns of. */
  readonly warnings?: DatasetReport["warnings"];
}

/** Reads a file into a data set of the workspace, whole or not at all. */
export async function importInto(session: Session, path: string, request: ImportRequest): Promise<Imported> {
  const { name: wanted, warnings = [], ...options } = request;
  const { workspace, signal } = session;
  const name = checkName("dataset", wanted ?? plainName(path));
  const release = workspace.lock("dataset", name);
  const progress = importProgress(session);
  try {
    const dataset = await importDataset(path, { ...options, signal, onProgress: progress.show });
    signal.throwIfAborted();
    const report = { ...dataset.report, warnings: [...dataset.report.warnings, ...warnings] };
    await workspace.write("dataset", name, (folder) => saveDataset(folder, { ...dataset, report }));
    return { summary: summarize(name, report), report };
  } finally {
    progress.clear();
    release();
  }
}

function summarize(dataset: string, report: DatasetReport): ImportSummary {
  const { users, items, interactions, duplicates, source, warnings, given } = report;
  const roles = source.columns.flatMap(({ role, name }) => (role === undefined ? [] : [[role, name] as const]));
  return {
    ...{ dataset, users, items, interactions },
    rejected: source.rejected.count,
    rejectedLines: source.rejected.first,
    duplicates: duplicates.count,
    columns: Object.fromEntries(roles),
    warnings,
    ...(given && { given }),
  };
}
