import { createRecommender, type Recommender } from "../retrieve/index.ts";
import { openEngine } from "./engine.ts";
import { loadRun, openRun } from "./runs.ts";
import type { Session } from "./session.ts";

/** Asks a saved run, and frees what it took. No training code is loaded. */
export async function withRecommender<T>(
  session: Session,
  run: string | undefined,
  ask: (recommender: Recommender) => Promise<T>,
): Promise<T> {
  const artifact = await loadRun(await openRun(session, run));
  using recommender = createRecommender(artifact, await openEngine(session), { threads: session.threads });
  return await ask(recommender);
}
