import { fail } from "./errors.ts";

/** A raw id as people give it: text, or a whole number, which stands for its decimal digits (42 for "42"). */
export type Id = string | number;

/**
 * The text of an id. Throws DATA_ID for what is none: nothing, objects, NaN, fractions, and whole numbers beyond 2^53, whose
 * last digits a number has lost.
 */
export function idText(id: unknown, what: string): string {
  if (typeof id === "string") return id;
  if (Number.isSafeInteger(id)) return String(id);
  return fail("DATA_ID", {
    what: `${what} is no id`,
    expected: "text, or a whole number up to 2^53",
    received: shown(id),
    ...(typeof id === "number" && Number.isFinite(id) && { fix: `Give it as text: ${JSON.stringify(String(id))}.` }),
  });
}

/** The texts of a list of ids. Throws DATA_ID for what is no list, and for any entry that is no id. */
export function idTexts(ids: unknown, what: string): string[] {
  if (!Array.isArray(ids)) {
    return fail("DATA_ID", {
      what: `${what} is no list of ids`,
      expected: "an array of texts or whole numbers",
      received: shown(ids),
      fix: typeof ids === "string" || typeof ids === "number" ? `Put it in a list: [${shown(ids)}].` : undefined,
    });
  }
  return Array.from(ids, (id: unknown, i) => idText(id, `${what}[${i}]`));
}

/** A value as a person would write it, cut to a line. */
function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint" || value === undefined) return String(value);
  if (typeof value === "function" || typeof value === "symbol") return typeof value;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
