import { PenchantError } from "../core/errors.ts";
import { notedEvaluation } from "./evaluation.ts";
import { readRun, type TrainingFacts, trainingFact, trainingFacts } from "./runs.ts";
import type { Session } from "./session.ts";
import { splitText } from "./split-choice.ts";

/** A line of `penchant runs`. */
export interface RunSummary extends TrainingFacts {
  readonly run: string;
  readonly model?: string;
  readonly dataset?: string | undefined;
  readonly split?: string;
  readonly created?: string;
  readonly seconds?: number;
  /** Full ranking, where it was evaluated with lists of 10 (or of all items of a smaller catalogue). */
  readonly metrics?: Readonly<Record<string, number>> | undefined;
  /** Why the run cannot be used; the code of the error. */
  readonly damaged?: string;
}

/** Every run of the workspace; a damaged one is listed as such instead of hiding the others. */
export async function summarizeRuns(session: Session): Promise<RunSummary[]> {
  return Promise.all(session.workspace.newestFirst("run").map((name) => summarize(session, name)));
}

async function summarize(session: Session, name: string): Promise<RunSummary> {
  try {
    const run = await readRun(session, name);
    const { model, dataset, split, created } = run.metadata;
    const full = notedEvaluation(run)?.protocols.find(({ protocol }) => protocol === "full");
    const values = full && Object.entries(full.metrics).map(([label, { value }]) => [label, value] as const);
    return {
      run: name,
      model: model.name,
      dataset: dataset.name,
      split: splitText(split),
      created,
      ...trainingFacts(run.metadata),
      seconds: trainingFact(run.metadata, "seconds"),
      metrics: values && Object.fromEntries(values),
    };
  } catch (error) {
    if (error instanceof PenchantError) return { run: name, damaged: error.code };
    throw error;
  }
}
