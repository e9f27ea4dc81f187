import { otherwise, type Reading } from "./doubts.ts";
import type { Events } from "./events.ts";
import type { Warning } from "./report.ts";

/** Fewer rows say nothing. */
const LEAST = 3;
/** Share of the rows from which "every row" is meant. */
const EVERY = 0.98;

/** What all rows say about the choice of the user and the item, when they were chosen wrongly. */
export function rowDoubts({ users, items, user, item }: Events, reading: Reading): Warning[] {
  const rows = user.length;
  if (rows < LEAST) return [];
  const name = (role: "user" | "item"): string => {
    const column = reading.assignment.roles[role]?.column;
    return reading.columns[column ?? -1]?.name ?? "";
  };
  const [userName, itemName] = [name("user"), name("item")];
  const warning = (code: string, message: string): Warning => ({ code, message: message + otherwise(reading) });
  const warnings: Warning[] = [];
  if (userName !== "" && users.findText(userName) >= 0 && items.findText(itemName) >= 0) {
    const message = `The names of the columns occur among the ids too (${userName}, ${itemName}): take out the lines of names that stand between the rows.`;
    warnings.push({ code: "names-among-ids", message });
  }
  if (items.size >= EVERY * rows) {
    const message = `The item column ${itemName} has a different value in every row: a number of the row rather than an item?`;
    warnings.push(warning("item-in-every-row", message));
  }
  if (users.size >= EVERY * rows) {
    const message = `The user column ${userName} has a different value in every row: a number of the row rather than a user?`;
    warnings.push(warning("user-in-every-row", message));
  }
  if (rows > users.size && isRepetition(user, item, users.size)) {
    const message = `Every user (${userName}) has one and the same item (${itemName}) in all rows: is it a fact about the user?`;
    warnings.push(warning("item-repeats-user", message));
  }
  if (rows > items.size && isRepetition(item, user, items.size)) {
    const message = `Every item (${itemName}) has one and the same user (${userName}) in all rows: is it a fact about the item?`;
    warnings.push(warning("user-repeats-item", message));
  }
  return warnings;
}

/** Whether all rows of a key have the same value. */
function isRepetition(keys: Events["user"], values: Events["user"], size: number): boolean {
  const first = new Int32Array(size).fill(-1);
  for (let row = 0; row < keys.length; row++) {
    const key = keys.at(row);
    if ((first[key] ?? -1) < 0) first[key] = values.at(row);
    else if (first[key] !== values.at(row)) return false;
  }
  return true;
}
