import type { Estimate } from "../prepare/estimate.ts";
import type { TrainingSettings } from "../settings/settings.ts";
import type { TrainingWarning } from "../settings/warnings.ts";

/** How a run validates: what a value of the metric means. */
export interface ValidationFacts {
  /** The metric that decides. */
  readonly metric: string;
  /** `full`, `given`, `sampled-99` …, or `rating`. A sampled figure flatters: it is never shown without this. */
  readonly protocol: string;
  /** Which values make a held-out item relevant (`>=4`); absent where every one does. */
  readonly relevant?: string;
  /** How many are ranked for; absent for ratings. */
  readonly users?: number;
  /** Of the drawn users and sampled candidates, and of the order of equal scores. */
  readonly seed: number;
}

/** A measurement on the held-out part. */
export interface ValidationRecord extends ValidationFacts {
  /** Of the metric that decides. */
  readonly value: number;
  /** Everything measured, by label. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** `selection`: on the training part, validated; `refit`: anew on everything. Without a refit all is selection. */
export type TrainingPhase = "selection" | "refit";

/** One pass over the data. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean over the rows of the epoch, each before its own update. */
  readonly loss: number;
  /** Training alone, without validation. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly validation?: ValidationRecord;
}

/** A stage before the last one, which is done. */
export interface StageRecord {
  readonly name: string;
  readonly epochs: readonly EpochRecord[];
  /** Wall-clock seconds with checkpoints. */
  readonly seconds: number;
}

/** Which of several stages trains. */
export interface StageFacts {
  readonly stage: string;
  /** Counted from 1. */
  readonly number: number;
  readonly stages: number;
}

export interface StartEvent {
  readonly type: "start";
  readonly model: string;
  readonly engine: string;
  readonly settings: TrainingSettings;
  readonly estimate: Estimate;
  /** Absent without validation data. */
  readonly validation?: ValidationFacts;
  /** Where there are several, in order; the last one trains for `settings.epochs`, or fewer. */
  readonly stages?: readonly { readonly name: string; readonly epochs: number }[];
  /** Epochs that a checkpoint brought along, of all stages and both phases. */
  readonly resumedEpochs: number;
}

/** Once per warning, after the start. */
export interface WarningEvent extends TrainingWarning {
  readonly type: "warning";
}

/** After each call of the engine, some ten times a second. */
export interface ProgressEvent {
  readonly type: "progress";
  readonly epoch: number;
  readonly epochs: number;
  /** Steps of the epoch that are done. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Mean over the epoch so far. */
  readonly loss: number;
  readonly learningRate: number;
  readonly samplesPerSecond: number;
  readonly phase: TrainingPhase;
  /** Absent where there is but one; of that stage are epoch and epochs. */
  readonly stage?: string;
  /** Until everything ends, validation and refit included; where training may end early, at most. */
  readonly etaSeconds: number;
  /** The same if nothing gets better from now on; equal where training does not end early. */
  readonly etaLeastSeconds: number;
}

export interface ValidatingEvent {
  readonly type: "validating";
  readonly epoch: number;
}

/** At the beginning of each stage, where there are several: of the selection and of the refit. */
export interface StageEvent extends StageFacts {
  readonly type: "stage";
  readonly phase: TrainingPhase;
  /** Of this stage, at most. */
  readonly epochs: number;
}

export interface EpochEvent {
  readonly type: "epoch";
  readonly phase: TrainingPhase;
  /** Absent where there is but one. */
  readonly stage?: string;
  readonly epochs: number;
  readonly record: EpochRecord;
  /** Best epoch so far; undefined without validation, and in the refit. */
  readonly bestEpoch: number | undefined;
}

export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly path: string;
  readonly seconds: number;
}

/** Once, where the model is trained anew on everything; the following epochs are those of the refit. */
export interface RefitEvent {
  readonly type: "refit";
  /** As many as the selection chose. */
  readonly epochs: number;
  readonly interactions: number;
}

export interface EndEvent {
  readonly type: "end";
  /** diverged: the loss became absurd after an epoch that was kept as the best. */
  readonly reason: "finished" | "early-stopping" | "callback" | "diverged";
  /** Of the selection, in the last stage. */
  readonly epochs: number;
  readonly bestEpoch: number;
  /** Absent without a refit. */
  readonly refitEpochs?: number;
  /** Of both phases. */
  readonly seconds: number;
  readonly peakMemoryBytes: number;
}

export interface FailEvent {
  readonly type: "fail";
  readonly error: unknown;
}

/** What happens while a model trains: plain data, ready for any renderer. */
export type TrainEvent =
  | StartEvent
  | WarningEvent
  | ProgressEvent
  | ValidatingEvent
  | StageEvent
  | EpochEvent
  | CheckpointEvent
  | RefitEvent
  | EndEvent
  | FailEvent;

/** What an epoch callback may look at; copies are made when asked for. */
export interface EpochAccess {
  /** Copies of the parameters as they are now. */
  parameters(): Promise<Record<string, Float32Array>>;
}

/** All are optional. Those of `fit` are awaited in order; an exception ends training with it. */
export interface Callbacks {
  readonly onStart?: (event: StartEvent) => void | Promise<void>;
  readonly onWarning?: (event: WarningEvent) => void;
  readonly onProgress?: (event: ProgressEvent) => void;
  readonly onValidating?: (event: ValidatingEvent) => void;
  readonly onStage?: (event: StageEvent) => void;
  /** Returning "stop" ends training, stages that were to follow included, after this epoch; there is no refit then. */
  readonly onEpoch?: (event: EpochEvent, access: EpochAccess) => unknown;
  readonly onCheckpoint?: (event: CheckpointEvent) => void;
  readonly onRefit?: (event: RefitEvent) => void;
  readonly onEnd?: (event: EndEvent) => void | Promise<void>;
  /** Cancellation counts as failure. */
  readonly onFail?: (event: FailEvent) => void;
}
