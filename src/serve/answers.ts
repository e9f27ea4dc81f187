import { fail } from "../core/errors.ts";
import { idText, idTexts } from "../core/id.ts";
import type { FeatureRow } from "../features/index.ts";
import { type Doubt, passingOf } from "../pipeline/index.ts";
import type { ItemSet, Profile, Recommendations, RecommendOptions, SimilarItems, Who } from "../retrieve/index.ts";
import { DEFAULT_K } from "../retrieve/recommender.ts";
import type { Fields } from "../store/index.ts";
import { type Armed, inArm } from "./arms.ts";
import type { ServedModel } from "./model.ts";
import type { Doings } from "./people.ts";
import type { RecommendBody } from "./schemas.ts";
import type { Service } from "./service.ts";

export type WithModel<T> = T & {
  readonly model: { readonly name: string; readonly run: string; readonly version: string };
};

export const namesOf = ({ name, run, version }: ServedModel) => ({ name, run, version });

/** The list for whom the request describes, with all that they have done until now, by the arm of an experiment where one runs. What the run itself warns of is in /v1/models. */
export function recommend(service: Service, body: RecommendBody): Promise<Armed<WithModel<Recommendations>>> {
  const { name } = service.model(body.model);
  return inArm(service, name, body.user, (model) => recommendBy(service, { ...body, model }));
}

async function recommendBy(service: Service, body: RecommendBody): Promise<WithModel<Recommendations>> {
  const model = service.model(body.model);
  const user = body.user === undefined ? undefined : idText(body.user, "The user");
  const { who, met } = askerOf(model, body, asking(service, user));
  const doubts: Doubt[] = [];
  const answer = await model.use(async (recommender) => {
    const candidates = await candidatesOf(service, model, body, user, doubts);
    const hidden = service.shown(model).hidden;
    const options = { ...optionsOf(body, met), candidates, hidden };
    return service.watch("rank", () => recommender.recommend(who, options), ranked(model));
  });
  const warnings = [...(answer.warnings ?? []), ...doubts];
  const told = { ...answer, ...(warnings.length > 0 && { warnings }) };
  return { ...told, ...shortened(told, body.k, model.items.length), model: namesOf(model) };
}

/** Throws DATA_ITEM_UNKNOWN: without the nearest ids, which take long to find among many. */
export async function similar(
  service: Service,
  item: string,
  { k, model: name, filter }: { readonly k?: number; readonly model?: string; readonly filter?: string },
): Promise<WithModel<SimilarItems>> {
  const model = service.model(name);
  if (!model.knows(item)) {
    fail("DATA_ITEM_UNKNOWN", { what: `The model ${JSON.stringify(model.name)} knows no such item`, received: item });
  }
  const answer = await model.use(async (recommender) => {
    const candidates = filter === undefined ? undefined : await passing(service, model, filter);
    const options = { k, candidates, hidden: service.shown(model).hidden };
    return service.watch("rank", () => recommender.similar(item, options), ranked(model));
  });
  return { ...answer, ...shortened(answer, k, model.items.length - 1), model: namesOf(model) };
}

interface Asker {
  readonly who: Who;
  /** Items that the model is not to learn from, and the person has met. */
  readonly met: readonly string[];
}

/** Somebody who asks by their id, and what the service knows of them. */
export interface Person {
  readonly user: string | undefined;
  readonly doings: Doings | undefined;
  readonly fields: Fields | undefined;
}

/** What a request says of who asks. */
export type Told = Pick<RecommendBody, "history" | "ratings"> & { readonly features?: FeatureRow };

export function asking({ people, users }: Service, user: string | undefined): Person {
  return user === undefined
    ? { user, doings: undefined, fields: undefined }
    : { user, doings: people.of(user), fields: users.of(user) };
}

/**
 * The request, the events of the person and, of somebody whom the model has not met, their fields that are features, as one profile.
 * What the model does not know of events and fields is passed over.
 */
export function askerOf(
  model: ServedModel,
  { history, ratings, features: given }: Told,
  { user, doings, fields }: Person,
): Asker {
  const liked = new Set<string>(); // in order of time: the events of the log, then what the request says
  const rated = new Map<string, number>();
  const met: string[] = [];
  for (const [item, { likes, rating }] of doings ?? []) {
    if (!model.knows(item)) continue;
    if (rating !== undefined && model.readsRatings && model.takesRating(rating)) rated.set(item, rating);
    else if (likes && model.learnsFromLikes) liked.add(item);
    else met.push(item);
  }
  for (const item of history === undefined ? [] : idTexts(history, "history")) {
    liked.delete(item); // to the end
    liked.add(item);
  }
  // What the request says of an item counts, not what was said before.
  for (const [item, rating] of Object.entries(ratings ?? {})) rated.set(item, rating);
  const items = [...liked];
  const isStranger = user !== undefined && !model.recommender.knowsUser(user);
  const known = isStranger && fields ? model.people?.readable(fields) : undefined;
  const features = given || known ? { ...known, ...given } : undefined;
  if (user !== undefined && items.length === 0 && rated.size === 0 && !features) return { who: user, met };
  const profile: Profile = {
    ...(user !== undefined && { user }),
    ...((items.length > 0 || history !== undefined) && { items }),
    ...((rated.size > 0 || ratings !== undefined) && { ratings: rated }),
    ...(features && { features }),
  };
  return { who: profile, met };
}

function optionsOf(
  { exclude, includeSeen, k, why, context, at }: RecommendBody,
  met: readonly string[],
): Pick<RecommendOptions, "exclude" | "includeSeen" | "k" | "why" | "context" | "at"> {
  const withSeen = exclude !== "none" && !includeSeen && met.length > 0;
  const listed = Array.isArray(exclude) ? exclude : [];
  return { exclude: withSeen ? [...listed, ...met] : exclude, includeSeen, k, why, context, at };
}

/** What the request chooses among: the items that it names, those that pass its filter, or both. `doubts`: of a filter that cannot be evaluated of the items named. */
async function candidatesOf(
  service: Service,
  model: ServedModel,
  { candidates, filter }: RecommendBody,
  user: string | undefined,
  doubts: Doubt[],
): Promise<RecommendOptions["candidates"]> {
  if (filter === undefined) return candidates;
  const person = user === undefined ? undefined : service.users.of(user);
  if (candidates === undefined) return passing(service, model, filter, person);
  const about = { fields: (id: string) => service.items.of(id) ?? {}, user: person ?? {} };
  const doubt = (message: string) => void doubts.push({ code: "filter-failed", message });
  return passingOf(idTexts(candidates, "candidates"), [filter], about, doubt);
}

function passing(service: Service, model: ServedModel, filter: string, person?: Fields): Promise<ItemSet> {
  return service.watch(
    "filter",
    () => service.shown(model).passing(filter, person),
    ({ size }) => ({ items: size }),
  );
}

const ranked =
  ({ name }: ServedModel) =>
  ({ items }: { readonly items: readonly unknown[] }) => ({ model: name, items: items.length });

/** A list that is shorter than was asked for says so, also where the length was not said. */
function shortened(
  { items, warnings = [] }: { readonly items: readonly unknown[]; readonly warnings?: Recommendations["warnings"] },
  k: number | undefined,
  most: number,
): Pick<Recommendations, "warnings"> {
  const wanted = k ?? Math.min(DEFAULT_K, most);
  if (items.length >= wanted) return {};
  const message = `${items.length} of ${wanted} items: no more are left by candidates, filter, exclude and what was seen.`;
  return { warnings: [...warnings, { code: "short-list", message }] };
}
