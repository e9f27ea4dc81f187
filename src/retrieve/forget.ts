import {
  type Artifact,
  type Ensemble,
  type EnsembleMember,
  type History,
  isEnsemble,
  type Saved,
} from "../artifact/types.ts";
import type { DataMatrices } from "../core/csr.ts";
import { withoutColumn, withoutRow } from "../dataset/timed.ts";
import { type UserSides, userSides, userTables, withUsers } from "./tables.ts";

export interface ForgottenUser<S extends Saved = Artifact> {
  readonly artifact: S;
  /** Interactions that went with the user. */
  readonly interactions: number;
  /** The tables that have lost the user's row. */
  readonly tables: readonly string[];
}

/**
 * A run without one of its users: their id, all that is known of them, and their own rows of the model. What was learned from
 * everybody together (rows of items, layers) stays as it is: only a training without them would change that. Undefined where
 * the run does not know the user.
 */
export function forgetUser<S extends Saved>(saved: S, userId: string): ForgottenUser<S> | undefined;
export function forgetUser(saved: Saved, userId: string): ForgottenUser<Saved> | undefined {
  return isEnsemble(saved) ? forgottenByMembers(saved, userId) : forgottenByRun(saved, userId);
}

/** Every member loses the user. */
function forgottenByMembers(ensemble: Ensemble, userId: string): ForgottenUser<Ensemble> | undefined {
  const rest: EnsembleMember[] = [];
  const tables: string[] = [];
  let first: ForgottenUser | undefined;
  for (const member of ensemble.members) {
    const forgotten = forgottenByRun(member.artifact, userId);
    if (!forgotten) return undefined;
    first ??= forgotten;
    rest.push({ ...member, artifact: forgotten.artifact });
    tables.push(...forgotten.tables.map((table) => `${member.run}/${table}`));
  }
  if (!first) return undefined;
  const { users, history, unlearned, popularity, metadata } = first.artifact;
  const { dataset, forgotten } = metadata;
  return {
    ...{ interactions: first.interactions, tables },
    artifact: {
      ...{ ...ensemble, members: rest, users, history, popularity },
      ...(unlearned && { unlearned }),
      metadata: { ...ensemble.metadata, dataset, ...(forgotten !== undefined && { forgotten }) },
    },
  };
}

function forgottenByRun(artifact: Artifact, userId: string): ForgottenUser | undefined {
  const { metadata, users, parameters, plans, history, unlearned, kinds, matrices, lastTimes, popularity } = artifact;
  const user = users.indexOf(userId);
  if (user < 0) return undefined;
  const tables = userTables(plans);
  const left = users.length - 1;
  const rest = Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [
      name,
      tables.includes(name) ? without(values, user, values.length / users.length) : values,
    ]),
  );
  const learned = history.items.subarray(history.offsets[user], history.offsets[user + 1]);
  const counts = popularity.slice();
  for (const item of learned) counts[item] = (counts[item] as number) - 1;
  const interactions = learned.length + (unlearned ? lengthOf(unlearned, user) : 0);
  const { dataset, forgotten = 0 } = metadata;
  return {
    interactions,
    tables,
    artifact: {
      ...artifact,
      metadata: {
        ...metadata,
        dataset: { ...dataset, users: left, interactions: Math.max(0, dataset.interactions - interactions) },
        forgotten: forgotten + 1,
      },
      parameters: rest,
      plans: {
        ...plans,
        score: withUsers(plans.score, tables, left),
        ...(plans.history && {
          history: { ...plans.history, score: withUsers(plans.history.score, tables, left) },
        }),
        ...(plans.influence && { influence: withUsers(plans.influence, tables, left) }),
      },
      users: users.filter((_, index) => index !== user),
      history: withoutRow(history, user),
      ...(unlearned && { unlearned: withoutRow(unlearned, user) }),
      ...(kinds && { kinds: mapped(kinds, (pairs) => withoutRow(pairs, user)) }),
      ...(matrices && { matrices: matricesWithout(matrices, userSides(plans.score, tables), user) }),
      ...(lastTimes && { lastTimes: lastTimes.filter((_, index) => index !== user) }),
      popularity: counts,
    },
  };
}

function matricesWithout(matrices: DataMatrices, { rows, columns }: UserSides, user: number): DataMatrices {
  return Object.fromEntries(
    Object.entries(matrices).map(([name, matrix]) => {
      const rest = rows.has(name) ? withoutRow(matrix, user) : matrix;
      return [name, columns.has(name) ? withoutColumn(rest, user) : rest];
    }),
  );
}

const mapped = (rows: DataMatrices, change: (one: History) => History): DataMatrices =>
  Object.fromEntries(Object.entries(rows).map(([name, one]) => [name, change(one)]));

const lengthOf = ({ offsets }: History, row: number): number => (offsets[row + 1] as number) - (offsets[row] as number);

/** An array without the given row of a table so wide. */
function without<T extends Float32Array | Int32Array>(table: T, row: number, width: number): T {
  return table.filter((_, at) => at < row * width || at >= (row + 1) * width) as T;
}
