import type { Plan } from "../../graph/plan.ts";
import type { Job, StageJob } from "../prepare/job.ts";
import type { StageFacts, StageRecord } from "../told/events.ts";

type Arrays = Readonly<Record<string, Float32Array>>;

/** What a stage knows of those before and after it in the same phase. */
export interface StagesAround extends StageFacts {
  readonly done: readonly StageRecord[];
  /** What they learned. */
  readonly learned: Arrays;
  /** Epochs of the stages that follow, and of all. */
  readonly after: EpochRange;
  readonly whole: EpochRange;
}

/** Epochs at most and at least. */
export interface EpochRange {
  readonly most: number;
  readonly least: number;
}

/** The stages of a job from first to last, the model's own training. */
export const stagesOf = (job: StageJob): readonly StageJob[] => [...job.before, job];

/** Parameters that a training plan changes: those that learn in it, and running statistics. */
export const changedBy = ({ outputs }: Plan): string[] =>
  Object.keys(outputs).flatMap((output) => /^(?:grad|assign):(.*)$/s.exec(output)?.slice(1) ?? []);

interface Around extends Pick<StagesAround, "done" | "learned"> {
  /** Epochs of the last stage, at most. */
  readonly last: number;
}

/** What there is around the stage that follows on those `done`; undefined where the model has but one. */
export function around(job: StageJob, { done, learned, last }: Around): StagesAround | undefined {
  const stages = stagesOf(job);
  const { stage } = stages[done.length] ?? job;
  if (stage === undefined || stages.length === 1) return undefined;
  const fixed = job.before.slice(done.length + 1).reduce((sum, { settings }) => sum + settings.epochs, 0);
  const before = job.before.reduce((sum, { settings }) => sum + settings.epochs, 0);
  const isLast = done.length === job.before.length;
  const after = isLast
    ? { most: 0, least: 0 }
    : { most: fixed + last, least: fixed + Math.min(last, leastEpochs(job)) };
  const whole = { most: before + last, least: before + 1 };
  return { stage, number: done.length + 1, stages: stages.length, done, learned, after, whole };
}

/** After how many epochs the last stage may end. */
const leastEpochs = ({ settings: { patience, validateEvery, epochs }, validation }: Job): number =>
  validation && patience > 0 ? (patience + 1) * validateEvery : epochs;
