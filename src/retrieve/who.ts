import { fail } from "../core/errors.ts";
import { idText, idTexts } from "../core/id.ts";
import type { FeatureRow } from "../features/index.ts";
import type { Profile, Who } from "./types.ts";

/** Who asks, with every id as text. */
export interface Asker {
  readonly user: string | undefined;
  /** Undefined where a user alone was named. */
  readonly items: readonly string[] | undefined;
  /** Ratings of those items that have one. */
  readonly ratings: ReadonlyMap<string, number>;
  /** What is known of them besides. */
  readonly features?: FeatureRow | undefined;
}

/** Throws DATA_ID for what names nobody, CONFIG_VALUE where values and items do not fit. */
export function askerOf(who: Who): Asker {
  if (typeof who !== "object" || who === null || Array.isArray(who)) {
    const isList = Array.isArray(who);
    if (isList) {
      fail("DATA_ID", { what: "A user is a list", fix: "For somebody known by items, ask with { items: [...] }." });
    }
    return { user: idText(who, "The user"), items: undefined, ratings: new Map() };
  }
  const { user, items, values, ratings, features } = who;
  if ([user, items, ratings, features].every((given) => given === undefined)) {
    fail("DATA_ID", {
      what: "The profile names nobody",
      expected: "user, items, ratings or features",
      received: Object.keys(who).join(", ") || "an empty object",
      fix: "Ask with a user's id, or with { items: [...] }.",
    });
  }
  const listed = items === undefined ? [] : idTexts(items, "items");
  const rated = new Map([...valuesOf(listed, values), ...ratingsOf(ratings)]);
  return {
    user: user === undefined ? undefined : idText(user, "The user"),
    items:
      items === undefined && ratings === undefined ? undefined : [...new Set([...latest(listed), ...rated.keys()])],
    ratings: rated,
    ...(features !== undefined && { features: featuresOf(features) }),
  };
}

function featuresOf(features: unknown): FeatureRow {
  if (typeof features === "object" && features !== null && !Array.isArray(features)) return features as FeatureRow;
  return fail("CONFIG_VALUE", {
    what: "The features of the profile are no values by feature",
    expected: '{ "age": 31, … }',
    received: JSON.stringify(features),
  });
}

/** Each id where it stands last: what was done again counts where it was done last. */
const latest = (ids: readonly string[]): readonly string[] => [...new Set(ids.toReversed())].toReversed();

function valuesOf(items: readonly string[], values: Profile["values"]): readonly (readonly [string, number])[] {
  if (values === undefined) return [];
  if (!Array.isArray(values) || values.length !== items.length || !values.every(Number.isFinite)) {
    return fail("CONFIG_VALUE", {
      what: "The values of the profile do not fit its items",
      expected: `${items.length} numbers`,
      received: JSON.stringify(values),
    });
  }
  return items.map((item, i) => [item, values[i] as number]);
}

function ratingsOf(ratings: Profile["ratings"]): readonly (readonly [string, number])[] {
  if (ratings === undefined) return [];
  const isMap = ratings instanceof Map;
  if (typeof ratings !== "object" || ratings === null || Array.isArray(ratings)) {
    return fail("CONFIG_VALUE", {
      what: "The ratings of the profile are no ratings by item",
      expected: '{ "item": 4, … } or a Map',
      received: JSON.stringify(ratings),
    });
  }
  const entries: [unknown, unknown][] = isMap ? [...ratings] : Object.entries(ratings);
  return entries.map(([item, value]) => {
    const id = idText(item, "An item of the ratings");
    if (typeof value === "number" && Number.isFinite(value)) return [id, value];
    return fail("CONFIG_VALUE", {
      what: `The rating of ${JSON.stringify(id)} is no number`,
      received: JSON.stringify(value) ?? String(value),
    });
  });
}
