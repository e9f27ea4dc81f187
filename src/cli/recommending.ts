import { isEnsemble, type Saved } from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import { readRows } from "../dataset/index.ts";
import { type AnswerWarning, createRecommender, type NewItem, type Recommender, withItems } from "../retrieve/index.ts";
import { openEngine } from "./engine.ts";
import { loadAny, openRun } from "./runs.ts";
import type { Session } from "./session.ts";

export interface Asked {
  /** Default: the newest. */
  readonly run: string | undefined;
  /** Keep predicted ratings on the scale of the data. Default true. */
  readonly clip?: boolean | undefined;
  /** A file of items that the run has not met. Those that it has are passed over. */
  readonly newItems?: string | undefined;
  /** Where that is a file of vectors: one with the id of each row. */
  readonly newItemIds?: string | undefined;
}

/** Asks a saved run, and frees what it took. No training code is loaded. */
export async function withRecommender<T>(
  session: Session,
  { run, clip, newItems, newItemIds }: Asked,
  ask: (recommender: Recommender) => Promise<T>,
): Promise<T> {
  const loaded = await loadAny(await openRun(session, run));
  if (newItems === undefined && newItemIds !== undefined) {
    fail("USAGE_ARGUMENTS", {
      what: "--new-item-ids says whose rows --new-items has, and there are none",
      fix: "Add --new-items FILE, or leave it out.",
    });
  }
  const artifact =
    newItems === undefined
      ? loaded
      : withItems(loaded, await newItemsOf(session, loaded, { path: newItems, ids: newItemIds }));
  using recommender = createRecommender(artifact, await openEngine(session), { threads: session.threads, clip });
  return await ask(recommender);
}

/** The rows of a file whose ids the run does not know, as it read features in training. */
async function newItemsOf(
  session: Session,
  artifact: Saved,
  { path, ids }: { readonly path: string; readonly ids: string | undefined },
): Promise<readonly NewItem[]> {
  const known = new Set(artifact.items);
  const runs = isEnsemble(artifact) ? artifact.members.map((member) => member.artifact) : [artifact];
  const { columns = [], id } = runs.map(({ plans }) => plans.features?.items).find(Boolean) ?? {};
  const { rows, warnings } = await readRows(path, columns, { id, ids });
  for (const { message } of warnings) session.note(`! ${message}`);
  const fresh = rows.filter(({ id }) => !known.has(id));
  session.note(`${fresh.length} new items of ${rows.length} rows in ${path}.`);
  return fresh;
}

/** The answer with what the run itself warns of as well. */
export function withWarnings<T extends { readonly warnings?: readonly AnswerWarning[] }>(
  { warnings: own }: Recommender,
  answer: T,
): T {
  const warnings = [...own, ...(answer.warnings ?? [])];
  return warnings.length > 0 ? { ...answer, warnings } : answer;
}
