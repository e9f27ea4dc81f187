import pc from "picocolors";
import { metricName } from "../../train/index.ts";
import { duration, grouped, megabytes } from "../format.ts";
import { facts } from "../table.ts";
import type { TrainedRun } from "../training.ts";

/** What came out of a training, and what to do next. */
export function formatTraining(trained: TrainedRun): string {
  const { run, model, dataset, split, engine, parameters, epochs, bestEpoch, stopped, seconds, peakMemoryBytes } =
    trained;
  const best = epochs.find(({ epoch }) => epoch === bestEpoch);
  const { validation: measured } = best ?? {};
  const validation =
    measured &&
    `${metricName(measured)} ${measured.value.toFixed(4)} at epoch ${bestEpoch} (seed ${measured.seed}${isSampled(measured) ? "; sampled ranking flatters" : ""})`;
  const early = stopped === "early-stopping" ? ", stopped early" : "";
  return [
    facts([
      ["run", pc.bold(run)],
      ["model", `${model}, ${grouped(parameters)} parameters`],
      ["data", `${dataset}, ${split.kind} split`],
      ["epochs", `${epochs.length}${early}`],
      ...(validation ? [["validation", validation] as const] : []),
      ["time", `${duration(seconds)}, ${engine} engine, peak memory ${megabytes(peakMemoryBytes)}`],
    ]),
    "",
    `Next: penchant evaluate ${run} · penchant recommend ${run} --user ID --why`,
  ].join("\n");
}

const isSampled = ({ protocol }: { readonly protocol: string }): boolean => protocol.startsWith("sampled-");
