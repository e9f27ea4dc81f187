import { filmClub, type Interactions } from "../dataset/index.ts";
import type { Model } from "../nn/model.ts";
import { type ProfileOrder, profileTraining, type TrainingProfile, type TrainingSettings } from "../train/index.ts";
import { openDataset } from "./datasets.ts";
import { openEngine } from "./engine.ts";
import type { Session } from "./session.ts";

export interface ProfileRequest {
  readonly model: Model;
  readonly settings: Partial<TrainingSettings>;
  /** Default: the newest data set, or the invented film club where the workspace has none. */
  readonly data?: string | undefined;
  readonly steps: number;
  readonly order: ProfileOrder;
}

/** What `penchant profile --json` prints. */
export interface ProfiledModel extends TrainingProfile {
  readonly model: string;
  /** Null: the film club, which is synthetic. */
  readonly dataset: string | null;
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
}

/** Trains for some steps on all of a data set's interactions and tells where the time goes; writes nothing. */
export async function profileModel(session: Session, request: ProfileRequest): Promise<ProfiledModel> {
  const { model, settings, steps, order } = request;
  const { dataset, interactions } = await dataOf(session, request.data);
  const engine = await openEngine(session);
  const threads = session.threads === undefined ? {} : { threads: session.threads };
  const profile = await profileTraining(model, interactions, {
    engine,
    steps,
    order,
    settings: { seed: session.seed, ...threads, ...settings },
    signal: session.signal,
  });
  const sizes = { users: interactions.users.size, items: interactions.items.size, interactions: interactions.size };
  return { model: model.definition.name, dataset, ...sizes, ...profile };
}

async function dataOf(
  session: Session,
  named: string | undefined,
): Promise<{ readonly dataset: string | null; readonly interactions: Interactions }> {
  if (named !== undefined || session.workspace.names("dataset").length > 0) {
    const { name, interactions } = await openDataset(session, named);
    return { dataset: name, interactions };
  }
  session.note("There is no data set yet: using an invented film club (synthetic data).");
  return { dataset: null, interactions: filmClub({ seed: session.seed }).dataset.interactions };
}
