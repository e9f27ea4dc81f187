import pc from "picocolors";
import { metricName } from "../../train/index.ts";
import { duration, grouped, megabytes } from "../format.ts";
import { splitText } from "../split-choice.ts";
import { facts } from "../table.ts";
import type { TrainedRun } from "../training.ts";

/** What came out of a training, and what to do next. */
export function formatTraining(trained: TrainedRun, asked: AskedFor): string {
  const {
    run,
    model,
    dataset,
    split,
    engine,
    parameters,
    stages = [],
    epochs,
    bestEpoch,
    stopped,
    refit,
    seconds,
    peakMemoryBytes,
  } = trained;
  const best = epochs.find(({ epoch }) => epoch === bestEpoch);
  const { validation: measured } = best ?? {};
  const validation =
    measured &&
    `${metricName(measured)} ${measured.value.toFixed(4)} at epoch ${bestEpoch} (seed ${measured.seed}${isSampled(measured) ? "; sampled ranking flatters" : ""})`;
  const early = { "early-stopping": ", stopped early", diverged: ", diverged", finished: "", callback: "" }[stopped];
  return [
    facts([
      ["run", pc.bold(run)],
      ["model", `${model}, ${grouped(parameters)} parameters`],
      ["data", `${dataset}, ${splitText(split)} split`],
      ...stages.map(({ name, epochs }) => ["stage", `${name}, ${epochs.length} epochs`] as const),
      ...(epochs.length > 0 ? [["epochs", `${epochs.length}${early}`] as const] : []),
      ...(validation ? [["validation", validation] as const] : []),
      ...(refit && epochs.length > 0 ? [["then", anew(refit, bestEpoch)] as const] : []),
      ...(trained.test ? [["test", inWords(trained.test)] as const] : []),
      ["time", `${duration(seconds)}, ${engine} engine, peak memory ${megabytes(peakMemoryBytes)}`],
    ]),
    "",
    ...(trained.warnings.some(({ code }) => code === "last-epoch-best") ? [longer(trained, asked)] : []),
    `Next: ${split.kind === "none" ? "" : `penchant evaluate ${run} · `}penchant recommend ${run} --user ID --why`,
  ].join("\n");
}

const anew = ({ interactions, final }: NonNullable<TrainedRun["refit"]>, epochs: number): string =>
  `trained anew for ${epochs} epochs on all ${grouped(interactions)} interactions${final ? ", the test part included" : ""}`;

const inWords = (test: NonNullable<TrainedRun["test"]>): string =>
  `${Object.entries(test)
    .map(([label, value]) => `${label} ${value.toFixed(4)}`)
    .join(", ")}, before that`;

/** What a training was asked for, in the words of the command line; without epochs and patience. */
export interface AskedFor {
  /** The model's name or file. */
  readonly model: string;
  readonly options: readonly string[];
}

/** The command that lets training go on where it ended too soon, and all else is as it was. */
export function longer(
  { dataset, settings: { epochs, patience } }: Pick<TrainedRun, "dataset" | "settings">,
  { model, options }: AskedFor,
): string {
  const more = patience > 0 ? [`--set epochs=${2 * epochs}`, `--set patience=${patience}`] : [];
  return `Train for longer: ${["penchant train", model, `--data ${dataset}`, ...options, ...more].join(" ")}`;
}

const isSampled = ({ protocol }: { readonly protocol: string }): boolean => protocol.startsWith("sampled-");
