import { type Csr, type DataMatrices, filledRows } from "../../core/csr.ts";
import { fail } from "../../core/errors.ts";
import { hash, STREAM } from "../../core/random.ts";
import { type EventRows, eventRows, eventsOf, recordedOf } from "../../dataset/event-rows.ts";
import { countsOf } from "../../dataset/interactions.ts";
import { lastOnes } from "../../dataset/split/leave-last-out.ts";
import { LEAST, NOWHERE, TRAIN, VALIDATION } from "../../dataset/split/split.ts";
import { ordered } from "../../dataset/time-order.ts";
import { chosen, partition, type TimedCsr } from "../../dataset/timed.ts";
import { mergeRows } from "../../dataset/union.ts";
import type { Plan } from "../../graph/plan.ts";
import type { Catalog, DataSize, Model } from "../../nn/model.ts";
import { readsData } from "../../nn/plans.ts";
import type { TrainingSettings } from "../settings/settings.ts";

/** What training needs of a set of interactions; `Interactions` fits. */
export interface TrainingData {
  readonly users: { readonly size: number; id(index: number): string };
  readonly items: { readonly size: number; id(index: number): string };
  readonly byUser: TimedCsr;
  /** Every event, repeats included, of these pairs and perhaps of others. Absent: each pair happened once. */
  readonly recorded?: EventRows | undefined;
  /** What each user does not like, with values above 0; `withoutDislikes` takes it out of `byUser`. Absent: nothing. */
  readonly dislikes?: TimedCsr | undefined;
  catalog(): Catalog;
  /** Of the interactions, for the record. */
  fingerprint?(): string;
}

/** What a model's recommendations may depend on. */
export const dataSize = ({ users, items, byUser }: TrainingData): DataSize => ({
  ...{ users: users.size, items: items.size },
  interactions: byUser.items.length,
});

/**
 * What a model's plans read of data, by name: `history`, every item counting as one, `rated`, by its value, `sequence`, the events in order of time (with
 * `repeats` "last" of several of an item the last alone), where a plan reads it, `targets`, the history with its values, where these weigh, and what it derives from the interactions.
 */
export function matricesOf(
  model: Pick<Model, "matrices">,
  plans: readonly Plan[],
  data: Pick<TrainingData, "byUser" | "items" | "recorded">,
  { repeats = "all", weights = "none", features = {} }: MatrixOptions = {},
): DataMatrices {
  const { byUser, items } = data;
  const history = { offsets: byUser.offsets, items: byUser.items };
  const sequence = plans.some(readsSequence)
    ? { sequence: sequenceOf(repeats === "all" ? eventsOf(data) : eventRows(byUser), weights) }
    : {};
  const rated = plans.some((plan) => readsData(plan, "rated")) ? { rated: { ...history, values: byUser.values } } : {};
  const targets = weights === "values" ? { targets: { ...history, values: byUser.values } } : {};
  return {
    history,
    ...rated,
    ...targets,
    ...sequence,
    ...features,
    ...model.matrices?.({ ...byUser, columns: items.size }),
  };
}

interface MatrixOptions {
  readonly repeats?: TrainingSettings["repeats"];
  readonly weights?: TrainingSettings["weights"];
  readonly features?: DataMatrices | undefined;
}

/**
 * Events in order, with values where these weigh; those of a value below 0 are left out: what somebody did not like at some time does not follow
 * from what they did. Throws TRAIN_DATA where an event has no weight above 0.
 */
function sequenceOf(events: EventRows, weights: TrainingSettings["weights"]): Csr {
  const { offsets, items, values } = liked(events);
  if (weights === "none" || !values) return { offsets, items };
  checkPositive(values, "Events");
  return { offsets, items, values };
}

function liked(events: EventRows): TimedCsr {
  const { values } = events;
  if (!values?.some((value) => value < 0)) return events;
  return chosen(events, (at) => !((values[at] as number) < 0));
}

/** Throws TRAIN_DATA unless every weight is above 0. */
export function checkPositive(values: Float32Array, what: string): void {
  const wrong = values.reduce((count, value) => count + (value > 0 ? 0 : 1), 0);
  if (wrong === 0) return;
  fail("TRAIN_DATA", {
    what: `${what} are to count by their values, and ${wrong} of ${values.length} have none above 0`,
    fix: "Leave them out: --threshold, or interactions.filter(({ value }) => value > 0).",
  });
}

/** Whether a plan looks at the order of what users did. */
export const readsSequence = ({ instructions }: Plan): boolean => instructions.some(({ op }) => op === "unroll");

/** Number of interactions. */
export const sizeOf = ({ byUser }: TrainingData): number => byUser.items.length;

/** The same users and items with other interactions. */
const withRows = ({ users, items, dislikes, recorded }: TrainingData, byUser: TimedCsr): TrainingData => {
  const counts = countsOf(byUser, items.size);
  return { users, items, byUser, ...(recorded && { recorded }), ...(dislikes && { dislikes }), catalog: () => counts };
};

/** Values below 0 are dislikes: they are taken out of the interactions and stand beside them. */
export function withoutDislikes(data: TrainingData): TrainingData {
  const { values } = data.byUser;
  if (!values?.some((value) => value < 0)) return data;
  const part = Uint8Array.from(values, (value) => (value < 0 ? 1 : 0));
  const [likes, { values: sizes, ...rest }] = partition(data.byUser, part, 2) as [TimedCsr, TimedCsr];
  return withRows({ ...data, dislikes: { ...rest, values: sizes?.map((value) => -value) } }, likes);
}

/** With what users do not like among what they have met, again with values below 0. */
export function met(data: TrainingData): TrainingData {
  const { byUser, dislikes } = data;
  if (!dislikes) return data;
  return { ...data, byUser: mergeRows(byUser, { ...dislikes, values: dislikes.values?.map((value) => -value) }) };
}

/** Several parts of one data set as one; where they share an interaction, the later part's counts. */
export function together(first: TrainingData, others: readonly TrainingData[]): TrainingData {
  if (others.length === 0) return first;
  const parts = [first, ...others];
  const disliked = parts.flatMap(({ dislikes }) => (dislikes ? [dislikes] : []));
  const dislikes = disliked.length > 0 ? disliked.reduce(mergeRows) : undefined;
  let { byUser, recorded } = first;
  for (const part of others) {
    recorded = recordedOf({ byUser, recorded }, part);
    byUser = mergeRows(byUser, part.byUser);
  }
  return withRows({ ...first, dislikes, recorded }, byUser);
}

/**
 * Each user's last interaction apart from the others, as `leaveLastOut` has it: by time, without times a random one. Users
 * with one or two interactions stay in training. Undefined where no user has three.
 */
export function holdOutLast(
  data: TrainingData,
  seed: number,
): { readonly train: TrainingData; readonly validation: TrainingData } | undefined {
  const events = { ...data, ...ordered(data, seed) };
  const part = lastOnes(events, { first: VALIDATION, second: TRAIN, least: LEAST });
  const [rest, held] = partition(events.byUser, part, 2) as [TimedCsr, TimedCsr];
  return held.items.length === 0 ? undefined : { train: withRows(events, rest), validation: withRows(events, held) };
}

/** Throws CONFIG_VALUE unless both have as many users and items. */
export function checkSameIds(train: TrainingData, part: TrainingData, what: string): void {
  if (part.users.size === train.users.size && part.items.size === train.items.size) return;
  fail("CONFIG_VALUE", {
    what: `${what} has other users or items than the training data`,
    expected: `${train.users.size} users and ${train.items.size} items`,
    received: `${part.users.size} and ${part.items.size}`,
    fix: "Split one data set; its parts share their ids.",
  });
}

/** The interactions of `most` users, those with the least hash of seed and user; everything where no more have any. */
export function ofSomeUsers(data: TrainingData, most: number, seed: number): TrainingData {
  const { offsets, items } = data.byUser;
  const filled = [...filledRows(data.byUser)];
  if (filled.length <= most) return data;
  const draws = new Map(filled.map((user) => [user, hash(seed, STREAM.validationUsers, user)]));
  filled.sort((a, b) => (draws.get(a) ?? 0) - (draws.get(b) ?? 0) || a - b);
  const part = new Uint8Array(items.length).fill(NOWHERE);
  for (const user of filled.slice(0, most)) part.fill(TRAIN, offsets[user], offsets[user + 1]);
  return withRows(data, partition(data.byUser, part, 1)[0] as TimedCsr);
}
