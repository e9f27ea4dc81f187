import type { Part } from "./folder-parts.ts";
import type { ReadOptions, Role } from "./options.ts";
import type { RoleGuesses } from "./roles.ts";
import type { TimeForm } from "./times.ts";
import { readText } from "./understand.ts";
import type { ValueForm } from "./values.ts";
import type { Fixed } from "./writer.ts";

/** A column that the names of folders hold (`day=2024-01-15`), with its value for each part. */
export interface KeyColumn {
  readonly name: string;
  readonly values: readonly string[];
}

/** Options of a part: the columns that its folders give it come after its own. */
export interface PartOptions extends ReadOptions {
  readonly keys?: readonly KeyColumn[];
}

/** The columns of folders; every part has the same. */
export function keyColumns(parts: readonly Part[]): KeyColumn[] {
  return Object.keys(parts[0]?.keys ?? {}).map((name) => ({ name, values: parts.map(({ keys }) => keys[name] ?? "") }));
}

interface Understood {
  readonly roles: RoleGuesses;
  readonly context: readonly number[];
  readonly columns: readonly { readonly name: string }[];
  /** How many of the columns, the last ones, come from folders. */
  readonly keyCount: number;
  readonly value?: ValueForm | undefined;
  readonly time?: TimeForm | undefined;
}

/** What a part's folders say about each of its rows. */
export function fixedBy(
  { keys }: Part,
  { roles, context, columns, keyCount, value, time }: Understood,
): Fixed | undefined {
  const textOf = (column: number): string | undefined => {
    return column < columns.length - keyCount ? undefined : keys[columns[column]?.name ?? ""];
  };
  const text = (role: Role): string | undefined => textOf(roles[role]?.column ?? -1);
  const [user, item, event] = [text("user"), text("item"), text("event")];
  const [weight, moment] = [text("value"), text("time")];
  const fixed: Fixed = {
    ...(user !== undefined && { user }),
    ...(item !== undefined && { item }),
    ...(event !== undefined && { event }),
    ...(weight !== undefined && { value: readText(value, weight) }),
    ...(moment !== undefined && { time: readText(time, moment) }),
    ...(context.some((column) => textOf(column) !== undefined) && { context: context.map(textOf) }),
  };
  return Object.keys(fixed).length > 0 ? fixed : undefined;
}
