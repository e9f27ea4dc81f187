import type { RunMetadata } from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import { type Dataset, type DatasetReport, loadDataset, loadReport } from "../dataset/index.ts";
import type { Session } from "./session.ts";

/** A data set of the workspace, loaded. */
export interface OpenDataset extends Dataset {
  readonly name: string;
  /** What a run notes about the data it comes from. */
  readonly facts: RunMetadata["dataset"];
}

/** The data set named, or the newest one, which is then said. Throws WORKSPACE_UNKNOWN, WORKSPACE_EMPTY and as `loadDataset`. */
export async function openDataset(session: Session, named: string | undefined): Promise<OpenDataset> {
  const name = session.workspace.choose("dataset", named);
  if (named === undefined) session.note(`Using the newest data set, "${name}".`);
  const dataset = await loadDataset(session.workspace.path("dataset", name));
  const { interactions } = dataset;
  const sizes = { users: interactions.users.size, items: interactions.items.size, interactions: interactions.size };
  return { ...dataset, name, facts: { name, fingerprint: interactions.fingerprint(), ...sizes } };
}

/** The data set that a run was trained on. Throws WORKSPACE_CHANGED when it is another one by now. */
export async function openSameDataset(session: Session, { dataset, forgotten = 0 }: RunMetadata): Promise<OpenDataset> {
  const { name, fingerprint } = dataset;
  if (name === undefined) {
    fail("WORKSPACE_CHANGED", {
      what: "The run does not say which data set it was trained on",
      fix: "Train it again with penchant train, or evaluate it with the library.",
    });
  }
  const open = await openDataset(session, name);
  if (open.facts.fingerprint === fingerprint) return open;
  return fail("WORKSPACE_CHANGED", {
    what:
      forgotten > 0
        ? `Users whom the run was trained on were forgotten since (${forgotten}), so that its test part cannot be made again`
        : `The data set "${name}" is not the one that the run was trained on`,
    fix: "Import the original again, or train a new run.",
    details: { expected: fingerprint, received: open.facts.fingerprint },
  });
}

/** The report of a data set, without its interactions. */
export async function readReport(session: Session, name: string): Promise<DatasetReport> {
  return loadReport(session.workspace.path("dataset", name));
}
