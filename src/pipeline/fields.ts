import type { Field } from "../store/index.ts";

/** The values of a field as texts: of a list each, of a text, number or truth value itself. */
export function textsOf(value: Field | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "object" ? value.map(String) : [String(value)];
}

export const numberOf = (value: Field | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;
