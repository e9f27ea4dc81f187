import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { ROLES, type Role } from "./options.ts";

/** Position of the column with a name (case ignored when nothing fits exactly) or a number from 1. */
export function findColumn(names: readonly string[], choice: string | number, role: Role | "context"): number {
  const wanted = String(choice).normalize("NFC");
  const exact = names.findIndex((name) => name.normalize("NFC") === wanted);
  if (exact >= 0) return exact;
  const loose = names.findIndex((name) => name.normalize("NFC").toLowerCase() === wanted.toLowerCase());
  if (loose >= 0) return loose;
  const number = typeof choice === "number" || /^\d+$/.test(choice) ? Number(choice) : Number.NaN;
  if (Number.isInteger(number) && number >= 1 && number <= names.length) return number - 1;
  const close = nearest(String(choice), names);
  return fail("DATA_COLUMN", {
    what: `There is no column "${choice}" to take the ${role} from`,
    expected: `one of ${names.join(", ")}, or a number from 1 to ${names.length}`,
    fix: close ? `Did you mean "${close}"?` : "Use one of the columns listed.",
    details: { role, choice, columns: names },
  });
}

/**
 * Positions of columns of context, each once. Logged events have what is known of them under `context`, so that `device` is also found as
 * `context.device`. Throws DATA_COLUMN for one that is not there, unless it may be lacking.
 */
export function findContext(
  names: readonly string[],
  choices: readonly (string | number)[],
  mayLack = false,
): number[] {
  const found = choices.flatMap((choice): number[] => {
    const logged = names.indexOf(loggedName(String(choice)));
    if (logged >= 0 && !names.includes(String(choice))) return [logged];
    if (mayLack && !names.includes(String(choice))) return [];
    return [findColumn(names, choice, "context")];
  });
  return [...new Set(found)];
}

/** The name of a column of context in the file of a log. */
export const loggedName = (name: string): string => `context.${name}`;

/** Throws DATA_COLUMN where two roles were given the same column. */
export function refuseTwice(columns: Readonly<Partial<Record<Role, number>>>, names: readonly string[]): void {
  const taken = new Map<number, Role>();
  for (const role of ROLES) {
    const column = columns[role];
    if (column === undefined) continue;
    const other = taken.get(column);
    if (other !== undefined) {
      fail("DATA_COLUMN", {
        what: `The column "${names[column]}" cannot be both the ${other} and the ${role}`,
        fix: "Choose another column for one of them.",
        details: { roles: [other, role], columns: names },
      });
    }
    taken.set(column, role);
  }
}
