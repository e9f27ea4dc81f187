import { existsSync, readFileSync } from "node:fs";
import { parse } from "node:path";
import { loadIndex } from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import type { Engine } from "../engine/contract.ts";
import { type Asker, itemsPassing, modelsOf, type Pipeline, parseFilter, parsePipeline } from "../pipeline/index.ts";
import {
  type AskedEvent,
  createRecommender,
  type Deeds,
  type ItemSet,
  type Recommender,
  readOf,
  type Who,
} from "../retrieve/index.ts";
import { Catalog } from "../serve/index.ts";
import { openServed } from "./deployments.ts";
import { openEngine } from "./engine.ts";
import { loggedEntries } from "./event-source.ts";
import { loadAny } from "./runs.ts";
import type { Session } from "./session.ts";

/** Pipelines by the name of their file without its ending. Throws DATA_FILE_MISSING, CONFIG_PIPELINE. */
export function readPipelines(files: readonly string[]): Map<string, Pipeline> {
  return new Map(files.map((file) => [parse(file).name, readPipeline(file)]));
}

export function readPipeline(file: string): Pipeline {
  if (!existsSync(file)) fail("DATA_FILE_MISSING", { what: `There is no pipeline at ${file}` });
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    fail("CONFIG_PIPELINE", { what: `${file} is not JSON`, received: (cause as Error).message, cause });
  }
  return parsePipeline(content);
}

/** What is known of items, from the log of the workspace. */
export async function readCatalog(session: Session): Promise<Catalog> {
  const catalog = new Catalog();
  for await (const entry of loggedEntries(session)) {
    if (entry.type === "item-change") catalog.apply(entry.item, entry);
  }
  return catalog;
}

/** A recommender with the ids of its items. */
export interface Named {
  readonly recommender: Recommender;
  readonly items: ReadonlySet<string>;
}

/** The deployed models and runs that a pipeline asks, by name. */
export interface OpenModels {
  readonly engine: Engine;
  readonly models: ReadonlyMap<string, Named>;
  /** Ids of those whom the model with the say was trained on. */
  readonly users: readonly string[];
  dispose(): void;
}

/** Throws WORKSPACE_UNKNOWN, and as loading a run does. */
export async function openModels(session: Session, pipeline: Pipeline): Promise<OpenModels> {
  const engine = await openEngine(session);
  const models = new Map<string, Named>();
  const dispose = () => {
    for (const { recommender } of models.values()) recommender.dispose();
  };
  let users: readonly string[] = [];
  try {
    for (const [i, name] of modelsOf(pipeline).entries()) {
      const run = await openServed(session, name);
      const [artifact, index] = [await loadAny(run), await loadIndex(run.folder)];
      const recommender = createRecommender(artifact, engine, { threads: session.threads, index });
      models.set(name, { recommender, items: new Set(artifact.items) });
      if (i === 0) users = artifact.users;
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { engine, models, users, dispose };
}

export interface OfflineOptions {
  readonly engine: Engine;
  readonly models: ReadonlyMap<string, Named>;
  readonly catalog: Catalog;
  readonly who: Who;
  /** In which they ask: each model takes what it reads. Default: nothing is known of it. */
  readonly event?: AskedEvent | undefined;
  /** What is left out where a pipeline leaves out what was seen. Default: what the run knows. */
  readonly seen?: ((model: string) => ItemSet) | undefined;
  /** Ids of all that the person may be known to have done something with. Default: all that the run knows. */
  readonly met?: (() => ReadonlySet<string>) | undefined;
  readonly now: number;
  /** Sets of items by model and filter, which many people share. */
  readonly sets: Map<string, Promise<ItemSet>>;
}

/** Runs bound to one person, without a server. */
export function offlineAsker({
  engine,
  models,
  catalog,
  who,
  event = {},
  seen,
  met,
  now,
  sets,
}: OfflineOptions): Asker {
  const of = (name: string) => models.get(name) as Named;
  const fields = (item: string) => catalog.of(item) ?? {};
  const shared = (key: string, make: () => Promise<ItemSet>): Promise<ItemSet> => {
    const known = sets.get(key) ?? make();
    sets.set(key, known);
    return known;
  };
  return {
    recommend: async (name, { unseen, candidates, k, popular, index, exclude: left = [] }) => {
      const { recommender } = of(name);
      const hidden = await shared(`hidden ${name}`, async () => recommender.itemSet([...catalog.hidden]));
      const includeSeen = !unseen || seen !== undefined;
      const met = unseen && seen ? seen(name) : undefined;
      return recommender.recommend(who, {
        ...{ k, candidates, exclude: left, includeSeen, popular, index },
        ...readOf(recommender.context, event),
        hidden: met ? met.with(hidden) : hidden,
      });
    },
    passing: (name, filters) =>
      shared(`filters ${JSON.stringify([name, filters])}`, () =>
        itemsPassing(of(name).recommender, filters.map(parseFilter), fields, {}),
      ),
    vectors: (name, items) => of(name).recommender.itemVectors(items),
    diversify: (_, request) => engine.diversify(request),
    past: (name) => of(name).recommender.past(who),
    deeds: (name) => (met ? within(of(name).recommender.deeds, met) : of(name).recommender.deeds),
    since: new Map(),
    person: typeof who === "object" ? (who.user === undefined ? undefined : String(who.user)) : String(who),
    size: (name) => of(name).recommender.itemCount,
    knows: (name, item) => of(name).items.has(item),
    fields,
    get described() {
      return catalog.ids();
    },
    keptOut: (item) => (catalog.hidden.has(item) ? "hidden" : undefined),
    user: {},
    now,
  };
}

/** What may be known of what a run knows. */
function within(deeds: Deeds, met: () => ReadonlySet<string>): Deeds {
  const known = (items: readonly string[]) => items.filter((item) => met().has(item));
  const { kinds, values, likesFrom, dislikesBelow } = deeds;
  return {
    ...{ kinds, values, likesFrom, dislikesBelow },
    byKind: (user, wanted) => known(deeds.byKind(user, wanted)),
    below: (user, bound) => known(deeds.below(user, bound)),
  };
}
