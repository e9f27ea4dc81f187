import type { EndEvent, EpochEvent, ProgressEvent, RefitEvent, StartEvent, TrainEvent } from "../events.ts";
import { bytes, compact, duration, epochOf, metricName, timeLeft } from "./text.ts";

export type Print = (text: string) => void;

/** Longest silence inside an epoch, in seconds. */
const SILENCE = 10;

/** One line per epoch, and one every ten seconds inside long ones: for logs. */
export function lines(print: Print, now: () => number = () => performance.now() / 1000): (event: TrainEvent) => void {
  let last = now();
  return (event) => {
    const text = event.type === "progress" && now() - last < SILENCE ? undefined : describe(event);
    if (text === undefined) return;
    last = now();
    print(`${text}\n`);
  };
}

/** An event in words; undefined for those not worth a line. */
export function describe(event: TrainEvent): string | undefined {
  switch (event.type) {
    case "start":
      return started(event);
    case "warning":
      return `! ${event.message}`;
    case "progress":
      return progressed(event);
    case "stage":
      return `stage ${event.number} of ${event.stages}: ${event.stage}`;
    case "epoch":
      return epochDone(event);
    case "refit":
      return refitted(event);
    case "end":
      return ended(event);
    default:
      return undefined;
  }
}

function started({ model, engine, settings, estimate, validation, stages = [], resumedEpochs }: StartEvent): string {
  const size = `${compact(estimate.parameters)} parameters, ${compact(estimate.rowsPerEpoch)} samples an epoch`;
  const most = settings.patience > 0 && estimate.rowsPerEpoch > 0 ? "at most " : "";
  const cost = `about ${bytes(estimate.memoryBytes)} and ${most}${duration(estimate.seconds)}`;
  const resumed = resumedEpochs > 0 ? `, resumed after epoch ${resumedEpochs}` : "";
  const before = stages.slice(0, -1).map(({ name, epochs }) => `${epochs} of ${name}, `);
  const length = estimate.rowsPerEpoch > 0 ? `, ${before.join("")}${most}${settings.epochs} epochs` : "";
  const measure = validation ? `; validation: ${metricName(validation)}, seed ${validation.seed}` : "";
  return `${model}: ${size}${length}, ${engine} engine: ${cost}${resumed}${measure}`;
}

function progressed(event: ProgressEvent): string {
  const { step, stepsPerEpoch, loss, samplesPerSecond } = event;
  const epoch = epochOf(event, event.etaLeastSeconds < event.etaSeconds);
  const share = Math.floor((100 * step) / stepsPerEpoch);
  return `${epoch} ${share}% loss ${loss.toFixed(4)} ${compact(samplesPerSecond)}/s ETA ${timeLeft(event)}`;
}

function refitted({ epochs, interactions }: RefitEvent): string {
  return `now anew on all ${compact(interactions)} interactions, for the ${epochs === 1 ? "epoch" : `${epochs} epochs`} chosen`;
}

function epochDone({ phase, stage, epochs, record, bestEpoch }: EpochEvent): string {
  const { epoch, loss, seconds, samplesPerSecond, validation } = record;
  const best = bestEpoch === epoch ? " (best)" : "";
  const measured = validation ? ` ${metricName(validation)} ${validation.value.toFixed(4)}${best}` : "";
  return `${epochOf({ phase, ...(stage && { stage }), epoch, epochs }, false)} loss ${loss.toFixed(4)}${measured} ${duration(seconds)} ${compact(samplesPerSecond)}/s`;
}

function ended({ reason, epochs, bestEpoch, refitEpochs, seconds, peakMemoryBytes }: EndEvent): string {
  if (epochs === 0) return `done in ${duration(seconds)}`;
  const why = { finished: "done", "early-stopping": "stopped early", callback: "stopped", diverged: "diverged" }[
    reason
  ];
  const refit = refitEpochs === undefined ? "" : `, then trained on everything for ${refitEpochs}`;
  if (refit)
    return `${why} after ${epochs} epochs${refit}, in ${duration(seconds)}, peak memory ${bytes(peakMemoryBytes)}`;
  const kept = bestEpoch < epochs ? `, kept epoch ${bestEpoch}` : "";
  return `${why} after ${epochs} epochs${kept} in ${duration(seconds)}, peak memory ${bytes(peakMemoryBytes)}`;
}
