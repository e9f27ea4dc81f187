import type { TSchema } from "typebox";

/** Where a value does not fit its schema, and what belongs there. */
export interface Fault {
  readonly path: string;
  readonly expected: string;
}

/** What of a schema is looked at here. */
interface Form {
  readonly type?: string;
  readonly anyOf?: readonly Form[];
  readonly items?: Form;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, Form>>;
  readonly patternProperties?: object;
  readonly additionalProperties?: unknown;
}

/**
 * What there is too much of: entries beyond what a list may have, fields that are none. It is looked for by itself, before the first fault of a value is, since
 * that takes microseconds for each entry, and a body has room for half a million. Undefined: there is no more of anything than there may be.
 */
export const excess = (schema: TSchema, value: unknown): Fault | undefined => excessIn(schema as Form, value, "");

function excessIn(form: Form, value: unknown, path: string): Fault | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const kind = Array.isArray(value) ? "array" : "object";
  const fitting = form.anyOf ? form.anyOf.filter(({ type }) => type === kind) : [form];
  // where several forms are possible, what is too much of one may fit another
  if (fitting.length !== 1 || fitting[0]?.type !== kind) return undefined;
  return Array.isArray(value) ? inList(fitting[0], value, path) : inObject(fitting[0], value, path);
}

function inList({ items, maxItems = Number.POSITIVE_INFINITY }: Form, list: readonly unknown[], path: string) {
  if (list.length > maxItems) return { path, expected: `at most ${maxItems} entries; there are ${list.length}` };
  if (!items) return undefined;
  for (const [i, one] of list.entries()) {
    const fault = excessIn(items, one, `${path}/${i}`);
    if (fault) return fault;
  }
  return undefined;
}

function inObject(form: Form, value: object, path: string): Fault | undefined {
  const { properties = {}, maxProperties = Number.POSITIVE_INFINITY } = form;
  const names = Object.keys(value);
  if (form.additionalProperties === false && !form.patternProperties) {
    const unknown = names.find((name) => !Object.hasOwn(properties, name));
    if (unknown !== undefined) {
      const allowed = Object.keys(properties).join(", ");
      return { path: `${path}/${unknown}`, expected: allowed === "" ? "no fields" : `one of the fields ${allowed}` };
    }
  }
  if (names.length > maxProperties)
    return { path, expected: `at most ${maxProperties} fields; there are ${names.length}` };
  for (const name of names) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const fault = inner && excessIn(inner, (value as Readonly<Record<string, unknown>>)[name], `${path}/${name}`);
    if (fault) return fault;
  }
  return undefined;
}
