import { type AnswerWarning, createRecommender, type Recommender } from "../retrieve/index.ts";
import { openEngine } from "./engine.ts";
import { loadRun, openRun } from "./runs.ts";
import type { Session } from "./session.ts";

export interface Asked {
  /** Default: the newest. */
  readonly run: string | undefined;
  /** Keep predicted ratings on the scale of the data. Default true. */
  readonly clip?: boolean | undefined;
}

/** Asks a saved run, and frees what it took. No training code is loaded. */
export async function withRecommender<T>(
  session: Session,
  { run, clip }: Asked,
  ask: (recommender: Recommender) => Promise<T>,
): Promise<T> {
  const artifact = await loadRun(await openRun(session, run));
  using recommender = createRecommender(artifact, await openEngine(session), { threads: session.threads, clip });
  return await ask(recommender);
}

/** The answer with what the run itself warns of as well. */
export function withWarnings<T extends { readonly warnings?: readonly AnswerWarning[] }>(
  { warnings: own }: Recommender,
  answer: T,
): T {
  const warnings = [...own, ...(answer.warnings ?? [])];
  return warnings.length > 0 ? { ...answer, warnings } : answer;
}
