import { answerPlans, historyPlans, initialParameters, readsData } from "../nn/plans.ts";
import type { Job } from "./prepare/job.ts";
import type { Run } from "./run.ts";

/** What a model that has learned answers with: its score over finished tables, the parameters with them, what it reads of the data. */
export async function finished(
  { engine, model, catalog, settings, ...job }: Job,
  { parameters, matrices: solved }: Pick<Run, "parameters"> & Partial<Pick<Run, "matrices">>,
): Promise<Pick<Run, "scorePlan" | "parameters" | "matrices">> {
  const { score, tables } = answerPlans(model, catalog);
  const matrices = { ...job.matrices, ...solved };
  const ofHistory = historyPlans(model, catalog)?.score;
  const isRead = (name: string) => [score, ofHistory].some((plan) => plan !== undefined && readsData(plan, name));
  const data = Object.fromEntries(Object.entries(matrices).filter(([name]) => isRead(name)));
  // What only the history's plan reads, such as counts of the data.
  const all = { ...(ofHistory && initialParameters(ofHistory, catalog, settings.seed)), ...parameters };
  if (!tables) return { scorePlan: score, parameters: all, matrices: data };
  const given = { ...initialParameters(tables, catalog, settings.seed), ...parameters };
  const made = await engine.evaluate(tables, given, {}, 0, matrices);
  return { scorePlan: score, parameters: { ...all, ...made }, matrices: data };
}
