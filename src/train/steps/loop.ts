import { fail, PenchantError } from "../../core/errors.ts";
import type { FeedSpec, Trainer } from "../../engine/contract.ts";
import { writeCheckpoint } from "../checkpoint/checkpoint.ts";
import { advance, epochStart, improves, includeInAverage, type Journey } from "../checkpoint/journey.ts";
import type { Identity } from "../prepare/identity.ts";
import type { Job } from "../prepare/job.ts";
import type { Run } from "../run.ts";
import type { CheckpointOptions } from "../settings/options.ts";
import type { Emitter } from "../told/emitter.ts";
import type { EndEvent, EpochRecord, TrainingPhase, ValidationRecord } from "../told/events.ts";
import { orCancelled, throwIfCancelled, withReason } from "./cancel.ts";
import { divergenceLimit } from "./divergence.ts";
import { createPacer } from "./pacer.ts";
import { type RateOf, ratesOf, scheduleOf } from "./schedule.ts";
import type { EpochRange, StagesAround } from "./stages.ts";
import { createValidator, type Validator } from "./validation.ts";

/** Seconds of work per call of the engine. */
const CALL_SECONDS = 0.06;

export interface LoopInput {
  readonly job: Job;
  readonly trainer: Trainer;
  readonly feed: FeedSpec;
  readonly journey: Journey;
  readonly emitter: Emitter;
  readonly checkpoint: (CheckpointOptions & { readonly identity: Identity }) | undefined;
  readonly signal: AbortSignal;
  /** Of this stage, at most. */
  readonly epochs: number;
  /** Where the model has several stages. */
  readonly stages: StagesAround | undefined;
  /** Present in the refit. */
  readonly selection?: Run | undefined;
  /** How many times as much the refit to come has to learn from; 0 where there is none. */
  readonly ahead: number;
}

export const isDivergence = (error: unknown): error is PenchantError =>
  error instanceof PenchantError && error.code === "TRAIN_DIVERGED";

/** Runs epochs until the last one, early stopping, a callback or a blow-up ends it; throws TRAIN_CANCELLED, TRAIN_DIVERGED. */
export class Loop {
  readonly #input: LoopInput;
  readonly #rateOf: RateOf;
  readonly #validator: Validator | undefined;
  readonly #pacer = createPacer(CALL_SECONDS);
  readonly #started = performance.now();
  readonly #limit: number;
  #rowsDone = 0;
  #checkpointed = performance.now();

  constructor(input: LoopInput) {
    this.#input = input;
    this.#validator = input.job.validation && createValidator(input.job.validation);
    this.#limit = divergenceLimit(input.feed);
    this.#rateOf = scheduleOf(input.job.settings, input.trainer.stepsPerEpoch);
  }

  /** Seconds of the stage, earlier processes included. */
  get elapsed(): number {
    return this.#input.journey.earlier + this.#now();
  }

  /** Copies of the current parameters, or of their mean where that has begun. */
  async parameters(): Promise<Record<string, Float32Array>> {
    const { job, trainer, journey } = this.#input;
    const { average } = journey;
    return { ...job.parameters, ...(average ? structuredClone(average.parameters) : await trainer.parameters()) };
  }

  async run(): Promise<EndEvent["reason"]> {
    const { epochs, trainer, journey, signal } = this.#input;
    const cancel = () => trainer.cancel();
    signal.addEventListener("abort", cancel);
    try {
      while (journey.records.length < epochs) {
        if (this.#isStale()) return "early-stopping";
        await this.#steps();
        if (await this.#finishEpoch()) return "callback";
      }
      return "finished";
    } catch (error) {
      if (!isDivergence(error) || journey.bestParameters === undefined) throw withReason(error, signal);
      await this.#tellDivergence(error);
      return "diverged";
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  #now(): number {
    return (performance.now() - this.#started) / 1000;
  }

  #isStale(): boolean {
    const { job, journey } = this.#input;
    return job.settings.patience > 0 && journey.best.stale >= job.settings.patience;
  }

  /** The rest of the current epoch. */
  async #steps(): Promise<void> {
    const { trainer, journey, signal } = this.#input;
    while (journey.position.step < trainer.stepsPerEpoch) {
      throwIfCancelled(signal);
      await this.#call();
      if (journey.position.step < trainer.stepsPerEpoch && this.#isCheckpointDue()) await this.#checkpoint();
    }
    throwIfCancelled(signal);
  }

  /** One call of the engine. */
  async #call(): Promise<void> {
    const { trainer, journey } = this.#input;
    const { epoch, step: from } = journey.position;
    const to = from + this.#pacer.next(trainer.stepsPerEpoch - from);
    const first = epoch * trainer.stepsPerEpoch;
    const learningRate = ratesOf(this.#rateOf, first + from, first + to);
    const report = await trainer.run({ epoch, from, to, learningRate });
    if (!(report.loss < this.#limit)) {
      const { stages } = this.#input;
      fail("TRAIN_DIVERGED", {
        what: `The loss became ${Number(report.loss.toPrecision(3))} in epoch ${epoch + 1}${stages ? ` of stage "${stages.stage}"` : ""}`,
        details: { epoch: epoch + 1, step: to, loss: report.loss, ...this.#named },
      });
    }
    this.#pacer.observe(to - from, report.seconds);
    this.#rowsDone += report.rows;
    journey.position = advance(journey.position, to - from, report);
    await this.#reportProgress(report.rows / report.seconds);
  }

  async #reportProgress(samplesPerSecond: number): Promise<void> {
    const { epochs, trainer, journey, emitter } = this.#input;
    const { epoch, step, lossSum, rows } = journey.position;
    const secondsPerRow = this.#now() / this.#rowsDone;
    const secondsOf = (wholeEpochs: number): number => secondsPerRow * (wholeEpochs * trainer.rowsPerEpoch - rows);
    const { most, least } = this.#epochsLeft();
    await emitter.emit({
      type: "progress",
      phase: this.#phase,
      ...this.#named,
      epoch: epoch + 1,
      epochs,
      step,
      stepsPerEpoch: trainer.stepsPerEpoch,
      loss: lossSum / rows,
      learningRate: this.#rateOf(epoch * trainer.stepsPerEpoch + step - 1),
      samplesPerSecond,
      etaSeconds: secondsOf(most),
      etaLeastSeconds: secondsOf(least),
    });
  }

  get #phase(): TrainingPhase {
    return this.#input.selection ? "refit" : "selection";
  }

  /** The stage, where there are several. */
  get #named(): { readonly stage?: string } {
    const { stages } = this.#input;
    return stages ? { stage: stages.stage } : {};
  }

  /** Epochs until everything ends, from the start of the current one on, in those of this stage; not fewer than one. */
  #epochsLeft(): EpochRange {
    const { job, epochs, journey, ahead, stages } = this.#input;
    const { after, whole } = stages ?? { after: none, whole: { most: epochs, least: 1 } };
    const { patience, validateEvery } = job.settings;
    const rest = epochs - journey.position.epoch;
    const most = rest + after.most + ahead * whole.most;
    if (after.most > 0) return { most, least: rest + after.least + ahead * whole.least };
    if (this.#input.selection || !this.#validator || patience === 0) return { most, least: most };
    const { epoch: best, stale } = journey.best;
    const until = Math.min(rest, Math.max(1, (patience - stale + (best === 0 ? 1 : 0)) * validateEvery));
    return { most, least: until + ahead * (whole.least - 1 + Math.max(best, 1)) };
  }

  /** Validates, records, tells, saves. Whether a callback asked to stop. */
  async #finishEpoch(): Promise<boolean> {
    const { epochs, journey, emitter, checkpoint } = this.#input;
    const { epoch, lossSum, rows, seconds } = journey.position;
    await this.#average();
    const validation = await this.#validate();
    const record: EpochRecord = {
      epoch: epoch + 1,
      loss: lossSum / rows,
      seconds,
      samplesPerSecond: rows / seconds,
      ...(validation && { validation }),
    };
    journey.records.push(record);
    journey.position = epochStart(epoch + 1);
    const bestEpoch = journey.best.epoch === 0 ? undefined : journey.best.epoch;
    const event = { type: "epoch", phase: this.#phase, ...this.#named, epochs, record, bestEpoch } as const;
    const stop = await emitter.emit(event, { parameters: () => this.parameters() });
    const every = checkpoint?.everyEpochs ?? 1;
    const isLast = stop || record.epoch === epochs || this.#isStale();
    const isTurn = every > 0 && (isLast || record.epoch % every === 0);
    if (checkpoint && (isTurn || this.#isCheckpointDue())) await this.#checkpoint();
    return stop;
  }

  /** What the best epoch learned stays; what came after it is lost. */
  async #tellDivergence({ message }: PenchantError): Promise<void> {
    const { journey, emitter, job } = this.#input;
    const { epoch } = journey.best;
    const kept = `${message} Training ended there; the run has what it knew after epoch ${epoch}, the best one.`;
    const warning = { code: "diverged", message: kept };
    job.warnings.push(warning);
    await emitter.emit({ type: "warning", ...warning });
  }

  async #average(): Promise<void> {
    const { job, trainer, journey } = this.#input;
    const { averageFrom } = job.settings;
    if (averageFrom === 0 || journey.position.epoch + 1 < averageFrom) return;
    journey.average = includeInAverage(journey.average, await trainer.parameters());
  }

  async #validate(): Promise<ValidationRecord | undefined> {
    const { job, journey, emitter, signal } = this.#input;
    const { settings, metric } = job;
    const validate = this.#validator;
    const epoch = journey.position.epoch + 1;
    if (!validate || (epoch % settings.validateEvery !== 0 && epoch !== this.#input.epochs)) return undefined;
    await emitter.emit({ type: "validating", epoch });
    const parameters = await this.parameters();
    const record = await orCancelled(validate(parameters, signal), signal);
    if (improves(journey.best, record.value, { ...metric, ...settings })) {
      journey.best = { epoch, value: record.value, stale: 0 };
      journey.bestParameters = settings.restoreBest ? parameters : undefined;
    } else journey.best = { ...journey.best, stale: journey.best.stale + 1 };
    return record;
  }

  #isCheckpointDue(): boolean {
    const every = this.#input.checkpoint ? (this.#input.checkpoint.everySeconds ?? 60) : 0;
    return every > 0 && performance.now() - this.#checkpointed >= 1000 * every;
  }

  async #checkpoint(): Promise<void> {
    const { trainer, journey, emitter, checkpoint, selection, stages } = this.#input;
    if (!checkpoint) return;
    const started = performance.now();
    const { position, records, best, bestParameters, average } = journey;
    const state = await trainer.state();
    const learned = Object.entries(stages?.learned ?? {}).filter(([name]) => !Object.hasOwn(state, name));
    const path = await writeCheckpoint(checkpoint.directory, {
      identity: checkpoint.identity,
      position,
      records,
      best,
      elapsed: this.elapsed,
      state,
      stages: stages?.done ?? [],
      learned: Object.fromEntries(learned),
      bestParameters: selection?.parameters ?? bestParameters,
      average,
      ...(selection && { selection: outcomeOf(selection) }),
    });
    this.#checkpointed = performance.now();
    await emitter.emit({ type: "checkpoint", path, seconds: (this.#checkpointed - started) / 1000 });
  }
}

const none: EpochRange = { most: 0, least: 0 };

const outcomeOf = ({ epochs, bestEpoch, stopped, seconds, stages }: Run) => ({
  ...{ epochs, bestEpoch, stopped, seconds },
  ...(stages && { stages }),
});
