import type { Interactions } from "./interactions.ts";

/** The interactions whose value is known, for models of ratings. The same object where no value is missing. */
export function withKnownValues(interactions: Interactions): Interactions {
  const { values } = interactions.byUser;
  return values?.some(Number.isNaN) ? interactions.filter(({ value }) => !Number.isNaN(value)) : interactions;
}
