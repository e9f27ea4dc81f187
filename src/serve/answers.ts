import { fail } from "../core/errors.ts";
import { idText, idTexts } from "../core/id.ts";
import type { Profile, Recommendations, RecommendOptions, SimilarItems, Who } from "../retrieve/index.ts";
import type { ServedModel } from "./model.ts";
import type { Doings, People } from "./people.ts";
import type { RecommendBody } from "./schemas.ts";

export type WithModel<T> = T & {
  readonly model: { readonly name: string; readonly run: string; readonly version: string };
};

const namesOf = ({ name, run, version }: ServedModel) => ({ name, run, version });

/** The list for whom the request describes, with all that they have done until now. What the run itself warns of is in /v1/models. */
export async function recommend(
  model: ServedModel,
  people: People,
  body: RecommendBody,
): Promise<WithModel<Recommendations>> {
  const user = body.user === undefined ? undefined : idText(body.user, "The user");
  const doings = user === undefined ? undefined : people.of(user);
  const { who, met } = askerOf(model, body, user, doings);
  const answer = await model.use((recommender) => recommender.recommend(who, optionsOf(body, met)));
  return { ...answer, model: namesOf(model) };
}

/** Throws DATA_ITEM_UNKNOWN: without the nearest ids, which take long to find among many. */
export async function similar(model: ServedModel, item: string, k?: number): Promise<WithModel<SimilarItems>> {
  if (!model.knows(item)) {
    fail("DATA_ITEM_UNKNOWN", { what: `The model ${JSON.stringify(model.name)} knows no such item`, received: item });
  }
  const answer = await model.use((recommender) => recommender.similar(item, { k }));
  return { ...answer, model: namesOf(model) };
}

interface Asker {
  readonly who: Who;
  /** Items that the model is not to learn from, and the person has met. */
  readonly met: readonly string[];
}

/** The request and the events of the person as one profile. What the model does not know of the events is passed over. */
function askerOf(model: ServedModel, { history, ratings }: RecommendBody, user?: string, doings?: Doings): Asker {
  const liked = new Set(history === undefined ? [] : idTexts(history, "history"));
  const rated = new Map<string, number>();
  const met: string[] = [];
  for (const [item, { likes, rating }] of doings ?? []) {
    if (!model.knows(item)) continue;
    if (rating !== undefined && model.readsRatings && model.takesRating(rating)) rated.set(item, rating);
    else if (likes && model.learnsFromLikes) liked.add(item);
    else met.push(item);
  }
  // What the request says of an item counts, not what was said before.
  for (const [item, rating] of Object.entries(ratings ?? {})) rated.set(item, rating);
  const items = [...liked];
  if (user !== undefined && items.length === 0 && rated.size === 0) return { who: user, met };
  const profile: Profile = {
    ...(user !== undefined && { user }),
    ...((items.length > 0 || history !== undefined) && { items }),
    ...((rated.size > 0 || ratings !== undefined) && { ratings: rated }),
  };
  return { who: profile, met };
}

function optionsOf(
  { exclude, includeSeen, candidates, k, why }: RecommendBody,
  met: readonly string[],
): RecommendOptions {
  const withSeen = exclude !== "none" && !includeSeen && met.length > 0;
  const listed = Array.isArray(exclude) ? exclude : [];
  return { exclude: withSeen ? [...listed, ...met] : exclude, includeSeen, candidates, k, why };
}
