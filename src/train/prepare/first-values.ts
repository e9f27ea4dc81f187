import type { FitResources } from "../settings/options.ts";
import { throwIfCancelled } from "../steps/cancel.ts";
import type { Job } from "./job.ts";

/** The job with the first values that its model makes of the data; those that are given stay. Rejects with TRAIN_CANCELLED. */
export async function withFirstValues(
  job: Job,
  { initialParameters: given, signal }: Pick<FitResources, "initialParameters"> & { readonly signal: AbortSignal },
): Promise<Job> {
  const { model, spec, catalog, matrices, engine, threads } = job;
  if (!spec || !model.start) return job;
  const made = await model.start({ catalog, matrices, solver: engine.solver, control: { threads, signal } });
  throwIfCancelled(signal);
  const parameters = { ...job.parameters, ...made, ...given };
  const before = job.before.map((stage) => ({ ...stage, parameters, spec: { ...stage.spec, parameters } }));
  return { ...job, parameters, before, spec: { ...spec, parameters } };
}
