import { PenchantError } from "../core/errors.ts";
import { readReport } from "./datasets.ts";
import type { Session } from "./session.ts";

/** A line of `penchant data`. */
export interface DatasetSummary {
  readonly dataset: string;
  readonly users?: number;
  readonly items?: number;
  readonly interactions?: number;
  readonly source?: string;
  /** Why the data set cannot be used; the code of the error. */
  readonly damaged?: string;
}

/** Every data set of the workspace, the newest first; a damaged one is listed as such instead of hiding the others. */
export async function summarizeDatasets(session: Session): Promise<DatasetSummary[]> {
  return Promise.all(session.workspace.newestFirst("dataset").map((name) => summarize(session, name)));
}

async function summarize(session: Session, name: string): Promise<DatasetSummary> {
  try {
    const { users, items, interactions, source } = await readReport(session, name);
    return { dataset: name, users, items, interactions, source: source.source };
  } catch (error) {
    if (error instanceof PenchantError) return { dataset: name, damaged: error.code };
    throw error;
  }
}
