import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { startJourney } from "../checkpoint/journey.ts";
import type { StageJob } from "../prepare/job.ts";
import type { Run } from "../run.ts";
import type { Emitter } from "../told/emitter.ts";
import type { StageEvent, StageRecord, TrainingPhase } from "../told/events.ts";
import { Loop, type LoopInput } from "./loop.ts";
import { around, changedBy, type StagesAround, stagesOf } from "./stages.ts";

/** What a phase ends with. */
export type Outcome = Pick<Run, "epochs" | "bestEpoch" | "stopped" | "parameters" | "seconds" | "stages"> &
  Partial<Pick<Run, "matrices">>;

export interface PhaseInput {
  readonly job: StageJob;
  readonly emitter: Emitter;
  readonly signal: AbortSignal;
  readonly checkpoint: LoopInput["checkpoint"];
  /** Where this phase is to go on. */
  readonly saved: Checkpoint | undefined;
  /** Present in the refit. */
  readonly selection?: Run | undefined;
  /** Of the last stage, at most. */
  readonly epochs: number;
  /** How many times as much the refit to come has to learn from; 0 where there is none. */
  readonly ahead: number;
}

type Arrays = Readonly<Record<string, Float32Array>>;

/** Trains the stages of a model one after the other, each from what those before it learned; most models have one. */
export async function runPhase({ saved, ...input }: PhaseInput): Promise<Outcome> {
  const stages = stagesOf(input.job);
  const done = [...(saved?.stages ?? [])];
  const learned: Record<string, Float32Array> = { ...saved?.learned };
  for (const own of stages.slice(done.length)) {
    const isFirst = done.length === (saved?.stages.length ?? 0);
    const outcome = await runStage(own, { ...input, saved: isFirst ? saved : undefined }, { done: [...done], learned });
    if (own === input.job) return whole(outcome, done);
    const { epochs, seconds, stopped, parameters } = outcome;
    done.push({ name: own.stage ?? "", epochs, seconds });
    if (stopped === "callback") return whole({ ...outcome, epochs: [], bestEpoch: 0, seconds: 0 }, done);
    // A checkpoint may have brought along what earlier ones learned as part of this one's state.
    for (const { spec } of stages.slice(0, done.length))
      for (const name of changedBy(spec.plan)) learned[name] = parameters[name] as Float32Array;
  }
  throw new RangeError("a phase without stages");
}

/** The last stage with those before it. */
function whole(last: Outcome, done: readonly StageRecord[]): Outcome {
  if (done.length === 0) return last;
  return { ...last, stages: done, seconds: done.reduce((sum, { seconds }) => sum + seconds, last.seconds) };
}

interface Before {
  readonly done: readonly StageRecord[];
  readonly learned: Arrays;
}

async function runStage(
  own: StageJob,
  { job, saved, checkpoint, selection, epochs: last, ...control }: PhaseInput,
  { done, learned }: Before,
): Promise<Outcome> {
  const parameters = { ...job.parameters, ...learned };
  const stages = around(job, { done, learned, last });
  const epochs = own === job ? last : own.settings.epochs;
  if (stages && !saved) await control.emitter.emit(beginning(stages, selection ? "refit" : "selection", epochs));
  const { engine, spec } = own;
  const trainer = await engine.trainer({ ...spec, parameters });
  try {
    if (saved) await trainer.restore(saved.state);
    const journey = startJourney(saved);
    const of = {
      job: { ...own, parameters },
      trainer,
      feed: spec.feed,
      journey,
      checkpoint,
      selection,
      epochs,
      stages,
    };
    const loop = new Loop({ ...control, ...of });
    const stopped = await loop.run();
    const { records, best, bestParameters } = journey;
    const kept = bestParameters ?? (await loop.parameters());
    const bestEpoch = best.epoch || records.length;
    return { epochs: records, bestEpoch, stopped, parameters: kept, seconds: loop.elapsed };
  } finally {
    trainer.dispose();
  }
}

const beginning = ({ stage, number, stages }: StagesAround, phase: TrainingPhase, epochs: number): StageEvent => ({
  ...{ type: "stage", stage, number, stages, phase, epochs },
});
