import { PenchantError, penchantError } from "../core/errors.ts";
import type { Part } from "./types.ts";

/**
 * Measures; where a score is refused, the refusal names user and item by their ids, as far as the part has any: their numbers
 * tell nobody which they are. Rejects with EVAL_SCORES, whose `details` are `{user, item}` (numbers) and `{userId, itemId}`.
 */
export async function naming<T>(part: Pick<Part, "users" | "items">, measure: () => Promise<T>): Promise<T> {
  try {
    return await measure();
  } catch (error) {
    throw error instanceof PenchantError && error.code === "EVAL_SCORES" ? named(error, part) : error;
  }
}

function named(error: PenchantError, { users, items }: Pick<Part, "users" | "items">): PenchantError {
  const { user, item } = error.details;
  if (typeof user !== "number" || typeof item !== "number" || !users.id || !items.id) return error;
  const [userId, itemId] = [users.id(user), items.id(item)];
  return penchantError("EVAL_SCORES", {
    what: `The score of the user ${JSON.stringify(userId)} and the item ${JSON.stringify(itemId)} is not a finite number`,
    details: { user, item, userId, itemId },
    cause: error,
  });
}
