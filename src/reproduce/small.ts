/**
 * What `quick` means, for every experiment the same: every row runs, by its own model and settings, on a sample of the users, for one
 * epoch, with one seed. It shows within minutes that all of it works; what it measures compares with nothing.
 */
import { type Csr, filledRows, rowOf, stack } from "../core/csr.ts";
import { hash, STREAM } from "../core/random.ts";
import type { Interactions, Split } from "../dataset/index.ts";
import type { TrainingSettings } from "../train/index.ts";
import type { SmallRun } from "./types.ts";

export const SMALL: SmallRun = { users: 1000, epochs: 1, seeds: 1 };

/** Of the draw of users: no run's own seed, so that nothing else is drawn along with it. */
const SEED = 0xfe3_0001;

interface Asked {
  readonly quick?: boolean | undefined;
}

/** Of what is done several times over (seeds, folds) the first alone. */
export const once = <T>(all: readonly T[], { quick }: Asked): readonly T[] => (quick ? all.slice(0, SMALL.seeds) : all);

/** The settings that a training ends with, its epochs cut short. What begins at a later epoch begins at the last. */
export function briefly<S extends Partial<TrainingSettings>>(settings: S, { quick }: Asked): S {
  if (!quick) return settings;
  const { epochs = SMALL.epochs, averageFrom = 0 } = settings;
  const most = Math.min(epochs, SMALL.epochs);
  return { ...settings, epochs: most, ...(averageFrom > 0 && { averageFrom: Math.min(averageFrom, most) }) };
}

/** What a sample of the users did. All users and items keep their numbers: some have nothing left. */
export function fewUsers(interactions: Interactions, { quick }: Asked): Interactions {
  return quick ? ofUsers(interactions, drawn(interactions)) : interactions;
}

/** A published split, of a sample of the users. */
export function fewOfSplit(split: Split, { quick }: Asked): Split {
  if (!quick) return split;
  const { train, validation, test, candidates } = split;
  const users = drawn(train);
  return {
    ...split,
    ...{ train: ofUsers(train, users), test: ofUsers(test, users) },
    ...(validation && { validation: ofUsers(validation, users) }),
    ...(candidates && { candidates: rowsOf(candidates, users) }),
  };
}

/** Those with the least hashes, of all that did something. */
function drawn({ byUser }: Interactions): ReadonlySet<number> {
  const keys = Array.from(filledRows(byUser), (user) => [hash(SEED, STREAM.split, user), user] as const);
  const sorted = keys.sort(([x, a], [y, b]) => x - y || a - b);
  return new Set(sorted.slice(0, SMALL.users).map(([, user]) => user));
}

const ofUsers = (interactions: Interactions, users: ReadonlySet<number>): Interactions =>
  interactions.filter(({ user }) => users.has(user));

const NOTHING = new Int32Array(0);

const rowsOf = (rows: Csr, users: ReadonlySet<number>): Csr =>
  stack(Array.from({ length: rows.offsets.length - 1 }, (_, user) => (users.has(user) ? rowOf(rows, user) : NOTHING)));
