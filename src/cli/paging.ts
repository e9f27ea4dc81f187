import { parse } from "node:path";
import { type Page, pipelineVersion, runPipeline } from "../pipeline/index.ts";
import { type AskedEvent, checkAsked } from "../retrieve/index.ts";
import { offlineAsker, openModels, readCatalog, readPipeline } from "./pipelines.ts";
import type { Session } from "./session.ts";

export interface PageQuestion extends AskedEvent {
  readonly user?: string | undefined;
  readonly items?: readonly string[] | undefined;
  readonly k?: number | undefined;
  readonly explain?: readonly string[] | undefined;
}

/** What `penchant page --json` prints. */
export interface AskedPage {
  readonly pipeline: string;
  readonly version: string;
  readonly user: string | null;
  readonly page: Page;
}

/** A page of a pipeline of runs for one person. Throws DATA_ID where nobody is named, CONFIG_PIPELINE, CONFIG_FILTER, WORKSPACE_UNKNOWN; of the event as `recommend` of a run, where no model reads it. */
export async function askPage(
  session: Session,
  file: string,
  { user, items, k, explain, context, at }: PageQuestion,
): Promise<AskedPage> {
  const pipeline = readPipeline(file);
  const catalog = await readCatalog(session);
  const { engine, models, dispose } = await openModels(session, pipeline);
  try {
    const who = { user, items };
    const event = { context, at };
    checkAsked([...new Set([...models.values()].flatMap(({ recommender }) => recommender.context))], event);
    const asker = offlineAsker({ engine, models, catalog, who, event, now: Date.now() / 1000, sets: new Map() });
    const page = await runPipeline(pipeline, asker, { k, explain });
    return { pipeline: parse(file).name, version: pipelineVersion(pipeline), user: user ?? null, page };
  } finally {
    dispose();
  }
}
