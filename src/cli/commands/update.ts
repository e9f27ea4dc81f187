import type { Command } from "commander";
import type { ReadOptions } from "../../ingest/index.ts";
import type { Act } from "../command.ts";
import { featureSources, withEventColumns, withFeatureFiles, withFormat, withPairColumns } from "../common-options.ts";
import type { Answer, Session } from "../session.ts";

interface UpdateArguments extends Omit<ReadOptions, "signal" | "onProgress" | "threads"> {
  readonly with: string;
  readonly model?: string;
  readonly scratch: boolean;
  readonly itemFeatures?: readonly string[];
  readonly userFeatures?: readonly string[];
  readonly itemFeatureIds?: readonly string[];
  readonly userFeatureIds?: readonly string[];
}

/** penchant update RUN --with FILE */
export function registerUpdate(program: Command, act: Act): void {
  const command = program
    .command("update [run]")
    .description("add new rows to a run's data set and go on training from where it was")
    .requiredOption("--with <file>", "new users, items and events, in any form that import reads")
    .option("--model <file>", "where the run's model is defined, if it is one's own")
    .option("--no-scratch", "do not train from scratch as well, to compare");
  const reading = withFormat(withFeatureFiles(command, ", new ones too"), ["auto", "csv", "jsonl", "parquet"]);
  act(withEventColumns(withPairColumns(reading, "as in the first file")), update);
}

async function update(session: Session, run: string | undefined, options: UpdateArguments): Promise<Answer> {
  const {
    with: file,
    model,
    scratch,
    itemFeatures,
    userFeatures,
    itemFeatureIds,
    userFeatureIds,
    ...reading
  } = options;
  const features = featureSources({ itemFeatures, userFeatures, itemFeatureIds, userFeatureIds });
  const { updateRun } = await import("../updating.ts");
  const { formatUpdate } = await import("../views/update.ts");
  const updated = await updateRun(session, { run, file, model, reading, features, scratch });
  return { data: updated, text: () => formatUpdate(updated) };
}
