import { filledRows, rowOf } from "../../core/csr.ts";
import { union } from "../../core/sorted.ts";
import type { FeedSpec } from "../../engine/contract.ts";
import { countNegatives, fewNegatives } from "../../evaluate/negatives.ts";
import { type ProtocolName, parseProtocol } from "../../evaluate/protocol.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Model, Task } from "../../nn/model.ts";
import { readsSequence, type TrainingData } from "../inputs/data.ts";
import type { Run } from "../run.ts";
import type { TrainingSettings } from "./settings.ts";

/** Something that a training leaves out or does otherwise than one may expect; no error. */
export interface TrainingWarning {
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
}

/** `values-ignored`: the interactions carry values (ratings, weights) that differ, and the task counts each as 1. */
export function ignoredValues(
  task: Task,
  { byUser: { values } }: TrainingData,
  { weights }: Pick<TrainingSettings, "weights">,
  canWeigh: () => boolean,
): readonly TrainingWarning[] {
  if (!values || task === "rating" || (weights === "values" && task !== "none")) return [];
  let [least, most] = [Infinity, -Infinity];
  // NaN, a value that is not known, is neither less nor more.
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (!(least < most)) return [];
  const range = `${shown(least)} to ${shown(most)}`;
  const counts = task === "none" || task === "solve" ? "the model counts" : `the ${task} task counts`;
  const message = `Values of interactions (${range}) are ignored: ${counts} each one as 1, whatever its value.${canWeigh() ? " To count them: --set weights=values." : ""}`;
  return [{ code: "values-ignored", message }];
}

/** `dislikes-left-out`: there are dislikes, and the model learns from some of them at most. */
export function unlearnedDislikes(
  { definition }: Pick<Model, "definition">,
  task: Task,
  { dislikes }: TrainingData,
  feed: Pick<FeedSpec, "dislikes"> | undefined,
): readonly TrainingWarning[] {
  const count = dislikes?.items.length ?? 0;
  const left = count - (feed?.dislikes?.items.length ?? 0);
  if (left === 0 || task === "none") return [];
  const why =
    feed?.dislikes || task === "pairwise"
      ? "their users like nothing to compare them with"
      : `${definition.name} has no labelled negatives`;
  const message = `${left} of ${count} dislikes (values below 0) are not learned from: ${why}. They are not recommended all the same.`;
  return [{ code: "dislikes-left-out", message }];
}

/** `few-negatives`: the sampled protocol ranks held-out users among fewer items than its name says. */
export function fewCandidates(
  protocol: string,
  train: TrainingData,
  heldOut: TrainingData,
): readonly TrainingWarning[] {
  const parsed = parseProtocol(protocol as ProtocolName); // its form is checked with the settings
  if (parsed.kind !== "sampled") return [];
  const asked = parsed.negatives;
  const users = filledRows(heldOut.byUser);
  const counts = users.map((user) => {
    const [seen, targets] = [rowOf(train.byUser, user), rowOf(heldOut.byUser, user)];
    const least = train.items.size - seen.length - targets.length;
    return least >= asked ? asked : Math.min(asked, train.items.size - union(seen, targets).length);
  });
  const negatives = countNegatives(counts, asked);
  return fewNegatives([{ protocol: `validation, ${protocol}`, users: users.length, negatives }]);
}

/** `last-epoch-best`: validation was still getting better when the epochs ended; more of them may be better yet. */
export function lastEpochBest({ epochs, bestEpoch, stopped }: Run): readonly TrainingWarning[] {
  const last = epochs.at(-1);
  if (stopped !== "finished" || epochs.length < 2 || !last?.validation || bestEpoch !== last.epoch) return [];
  const message = `The last epoch was the best one (${bestEpoch}): the model would still get better.`;
  return [{ code: "last-epoch-best", message }];
}

/** `refit-diverged`: training anew on everything blew up; the run is the one that chose, which has not learned from the held-out part. */
export function refitDiverged({ message }: Error): TrainingWarning {
  const what = `Training anew on everything blew up (${message.replace(/\.$/, "")}), so the chosen model is kept, which has not learned from what was held out.`;
  return { code: "refit-diverged", message: `${what} A smaller learning rate, or --set clipNorm=1, may help.` };
}

/** Float32 values without the digits that float64 adds. */
const shown = (value: number): string => String(Number(value.toPrecision(4)));

/** `no-times`: the model looks at the order of what users did, and the data have none. */
export function unordered(
  plans: readonly Plan[],
  { byUser: { times, order } }: TrainingData,
): readonly TrainingWarning[] {
  if (!plans.some(readsSequence) || times || order) return [];
  const message =
    "The model looks at the order of what users did, and the interactions have no times: they are taken in the order of the " +
    "items' numbers, which says nothing. Import a column of times, or choose a model that does not look at order.";
  return [{ code: "no-times", message }];
}
