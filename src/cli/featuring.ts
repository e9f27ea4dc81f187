import {
  type AddedFeatures,
  addFeatures,
  type Dataset,
  type FeatureSource,
  featureReports,
  saveDataset,
} from "../dataset/index.ts";
import { openDataset } from "./datasets.ts";
import type { Session } from "./session.ts";

/** What `penchant features DATASET --items FILE --json` prints. */
export interface FeaturesSummary {
  readonly dataset: string;
  readonly added: readonly AddedFeatures[];
  /** Nothing was written. */
  readonly dryRun?: true;
}

/** What `penchant features DATASET --json` prints. */
export interface FeaturesWorth extends ReturnType<typeof featureReports> {
  readonly dataset: string;
}

/** Adds files of features to a data set of the workspace, all or none. Throws as `addFeatures` does. */
export async function featuresInto(
  session: Session,
  named: string | undefined,
  sources: readonly FeatureSource[],
  dryRun: boolean,
): Promise<FeaturesSummary> {
  const { workspace } = session;
  const name = workspace.choose("dataset", named);
  const release = dryRun ? () => {} : workspace.lock("dataset", name);
  try {
    const { name: _, facts: __, ...opened } = await openDataset(session, name);
    let dataset: Dataset = opened;
    const told: AddedFeatures[] = [];
    for (const source of sources) {
      const { dataset: richer, added } = await addFeatures(dataset, source);
      dataset = richer;
      told.push(added);
    }
    if (!dryRun) await workspace.write("dataset", name, (folder) => saveDataset(folder, dataset));
    return { dataset: name, added: told, ...(dryRun && { dryRun }) };
  } finally {
    release();
  }
}

/** What the features of a data set say. */
export async function featuresOf(session: Session, named: string | undefined): Promise<FeaturesWorth> {
  const { name, ...dataset } = await openDataset(session, named);
  return { dataset: name, ...featureReports(dataset) };
}
