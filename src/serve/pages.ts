import { fail } from "../core/errors.ts";
import { idText, idTexts } from "../core/id.ts";
import { nearest } from "../core/nearest.ts";
import {
  type Asker,
  modelsOf,
  type Page,
  type PageItem,
  type Pipeline,
  parsePipeline,
  pipelineVersion,
  runPipeline,
} from "../pipeline/index.ts";
import { checkAsked, type Recommendations, type RecommendedItem, readOf } from "../retrieve/index.ts";
import { asking, namesOf, type WithModel, askerOf as whoAsks } from "./answers.ts";
import { type Armed, inArm } from "./arms.ts";
import type { ServedModel } from "./model.ts";
import type { RecommendBody } from "./schemas.ts";
import type { Service } from "./service.ts";

/** A page of a pipeline over HTTP. */
export type ServedPage = WithModel<Omit<Page, "stages" | "items"> & Partial<Pick<Page, "stages">>> & {
  readonly items: readonly (Pick<PageItem, "item" | "score"> &
    Partial<PageItem> &
    Omit<RecommendedItem, "item" | "score">)[];
  /** How `why` was found; only where it was asked for. */
  readonly explanation?: Recommendations["explanation"];
  readonly user: string | null;
  readonly pipeline: string;
  /** As `pipelineVersion` says. */
  readonly pipelineVersion: string;
};

/** By the arm of an experiment where one runs on the pipeline named. Throws SERVE_REQUEST, SERVE_PIPELINE, CONFIG_PIPELINE, CONFIG_FILTER, SERVE_MODEL. */
export function pageOf(service: Service, body: RecommendBody): Promise<Armed<ServedPage>> {
  const { pipeline } = body;
  if (typeof pipeline !== "string") return pageBy(service, body);
  return inArm(service, pipeline, body.user, (name) => pageBy(service, { ...body, pipeline: name }));
}

async function pageBy(service: Service, body: RecommendBody): Promise<ServedPage> {
  for (const name of ["model", "includeSeen"] as const) {
    if (body[name] !== undefined) fail("SERVE_REQUEST", { what: `${name} and pipeline do not go together` });
  }
  if (typeof body.exclude === "string") {
    fail("SERVE_REQUEST", {
      what: "exclude of a pipeline is a list",
      fix: 'What was met is left out by the filter "seen".',
    });
  }
  const { name, pipeline } = pipelineOf(service, body.pipeline);
  const user = body.user === undefined ? undefined : idText(body.user, "The user");
  const request = new RequestAsker(service, body, user, service.pacing.get(name));
  checkEvent(service, pipeline, body);
  checkFeatures(service, pipeline, body);
  const filters = body.filter === undefined ? [] : [body.filter];
  const only = body.candidates && idTexts(body.candidates, "candidates");
  const explain = body.explain && idTexts(body.explain, "explain");
  try {
    const page = await runPipeline(pipeline, request, { k: body.k, filters, only, explain });
    const { items, ...reasons } = await withReasons(page, body, request, pipeline.rank);
    const { stages, items: _, ...rest } = page;
    const shown = body.trace ? { items, stages } : { items: items.map(({ from, places, ...plain }) => plain) };
    const about = { user: user ?? null, pipeline: name, pipelineVersion: pipelineVersion(pipeline) };
    return { ...about, ...rest, ...shown, ...reasons, model: namesOf(request.deciding(pipeline.rank)) };
  } finally {
    request.end();
  }
}

/** Where `why` is asked for, what speaks for each item by the model with the say; nothing for items that it does not know. */
async function withReasons({ items }: Page, { why }: RecommendBody, request: RequestAsker, rank: string | undefined) {
  if (why !== true || items.length === 0) return { items };
  const { items: told, explanation } = await request.reasons(rank, items);
  const byItem = new Map(told.map(({ item, score, ...reasons }) => [item, reasons]));
  return { items: items.map((one) => ({ ...one, ...byItem.get(one.item) })), ...(explanation && { explanation }) };
}

/** Some model of the pipeline has to look at what is told of the event. Throws FEATURE_MISSING, FEATURE_UNKNOWN. */
function checkEvent(service: Service, pipeline: Pipeline, { context, at }: RecommendBody): void {
  if (context === undefined && at === undefined) return;
  const models = modelsOf(pipeline).map((name) => service.model(name).recommender);
  checkAsked([...new Set(models.flatMap((recommender) => recommender.context))], { context, at });
}

/** Some model of the pipeline has to know each feature of who asks. Throws FEATURE_MISSING, FEATURE_UNKNOWN. */
function checkFeatures(service: Service, pipeline: Pipeline, { features }: RecommendBody): void {
  if (features === undefined) return;
  const known = modelsOf(pipeline).flatMap((name) => service.model(name).people?.names ?? []);
  if (known.length === 0)
    fail("FEATURE_MISSING", { what: "No model of the pipeline answers for people by their features" });
  const other = Object.keys(features).find((name) => !known.includes(name));
  if (other === undefined) return;
  const close = nearest(other, known);
  fail("FEATURE_UNKNOWN", {
    what: `No model of the pipeline has learned of a feature ${JSON.stringify(other)}`,
    expected: [...new Set(known)].join(", "),
    received: other,
    fix: close === undefined ? "Leave it out." : `Did you mean ${JSON.stringify(close)}?`,
  });
}

function pipelineOf(
  service: Service,
  asked: RecommendBody["pipeline"],
): { readonly name: string; readonly pipeline: Pipeline } {
  if (typeof asked === "object") return { name: "of the request", pipeline: parsePipeline(asked) };
  const name = asked ?? "";
  const pipeline = service.pipelines.get(name);
  if (pipeline) return { name, pipeline };
  const names = [...service.pipelines.keys()];
  const close = nearest(name, names);
  return fail("SERVE_PIPELINE", {
    what: `No pipeline ${JSON.stringify(name)} is served`,
    expected: names.join(", ") || "none is: penchant serve --pipeline FILE",
    fix: close === undefined ? undefined : `Did you mean ${JSON.stringify(close)}?`,
  });
}

const NOTHING_SINCE: Asker["since"] = new Map();

/** The models of a service, bound to one request: each is the same one from its first to its last use. */
class RequestAsker implements Asker {
  readonly now = Date.now() / 1000;
  readonly user: Asker["user"];
  readonly pacing: Asker["pacing"];
  readonly watch: Asker["watch"];
  readonly #service: Service;
  readonly #body: RecommendBody;
  readonly #user: string | undefined;
  readonly #models = new Map<string, ServedModel>();
  readonly #releases: (() => void)[] = [];
  readonly #excluded: readonly string[];

  constructor(service: Service, body: RecommendBody, user: string | undefined, pacing: Asker["pacing"]) {
    this.pacing = pacing;
    this.watch = service.watch;
    this.#service = service;
    this.#body = body;
    this.#user = user;
    this.#excluded = Array.isArray(body.exclude) ? idTexts(body.exclude, "exclude") : [];
    this.user = (user === undefined ? undefined : service.users.of(user)) ?? {};
  }

  /** The page is made: models that were replaced meanwhile may go. */
  end = (): void => {
    for (const release of this.#releases) release();
  };

  /** The model with the say: the one that ranks, or that was asked first. */
  deciding(rank: string | undefined): ServedModel {
    const ranking = rank === undefined ? undefined : this.#models.get(rank);
    return ranking ?? [...this.#models.values()][0] ?? this.#service.model();
  }

  recommend: Asker["recommend"] = (
    name,
    { k, candidates, unseen, exclude: left = [], popular = false, index = false },
  ) => {
    const model = this.#model(name);
    const { who, met } = this.#who(model);
    const exclude = [...this.#excluded, ...left, ...(unseen ? met : [])];
    const { hidden } = this.#service.shown(model);
    return model.use((recommender) => {
      const event = readOf(recommender.context, this.#body);
      return recommender.recommend(who, {
        ...{ k, candidates, exclude, includeSeen: !unseen, hidden, popular, index },
        ...event,
      });
    });
  };

  /** The items of a page as the model with the say recommends them, with what speaks for each. */
  reasons(rank: string | undefined, items: Page["items"]): Promise<Recommendations> {
    const model = this.deciding(rank);
    const candidates = items.map(({ item }) => item).filter((item) => model.knows(item));
    if (candidates.length === 0) return Promise.resolve({ user: null, known: false, method: "popularity", items: [] });
    const { who } = this.#who(model);
    return model.use((recommender) =>
      recommender.recommend(who, {
        ...{ k: candidates.length, candidates, includeSeen: true, why: true },
        ...readOf(recommender.context, this.#body),
      }),
    );
  }

  passing: Asker["passing"] = (name, filters) => {
    const model = this.#model(name);
    const all = filters.length === 1 ? (filters[0] as string) : filters.map((one) => `(${one})`).join(" && ");
    const find = () => this.#service.shown(model).passing(all, this.user);
    return model.use(() => this.#service.watch("filter", find, ({ size }) => ({ items: size })));
  };

  vectors: Asker["vectors"] = (name, items) => this.#model(name).use((recommender) => recommender.itemVectors(items));

  diversify: Asker["diversify"] = (name, request) => this.#model(name).engine.diversify(request);

  past: Asker["past"] = (name) => {
    const model = this.#model(name);
    return model.use((recommender) => recommender.past(this.#who(model).who));
  };

  /** Who asks, to a model: it is told of the features that it reads alone. */
  #who(model: ServedModel): ReturnType<typeof whoAsks> {
    const { features, ...asked } = this.#body;
    const read = features && model.people?.row(features);
    return whoAsks(model, { ...asked, ...(read && { features: read }) }, asking(this.#service, this.#user));
  }

  deeds: Asker["deeds"] = (name) => this.#model(name).recommender.deeds;

  get since(): Asker["since"] {
    return this.#user === undefined ? NOTHING_SINCE : this.#service.people.of(this.#user);
  }

  get person(): string | undefined {
    return this.#user;
  }

  size = (name: string): number => this.#model(name).recommender.itemCount;

  knows = (name: string, item: string): boolean => this.#model(name).knows(item);

  fields = (item: string) => this.#service.items.of(item) ?? {};

  get described(): Iterable<string> {
    return this.#service.items.ids();
  }

  keptOut: Asker["keptOut"] = (item) => {
    if (this.#service.items.hidden.has(item)) return "hidden";
    return this.#excluded.includes(item) ? "excluded" : undefined;
  };

  #model(name: string): ServedModel {
    const known = this.#models.get(name);
    if (known) return known;
    const model = this.#service.model(name);
    this.#models.set(name, model);
    this.#releases.push(model.hold());
    return model;
  }
}
