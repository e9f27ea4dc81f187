/**
 * What a value that was read from a file must be. `count`: a whole number of at least 0; `object` and `list`: with anything in
 * them; a list with one form: each entry. A field whose name ends in `?` may be missing; fields that are not named may be there.
 */
export type Form =
  | "string"
  | "number"
  | "count"
  | "boolean"
  | "object"
  | "list"
  | readonly [Form]
  | { readonly [field: string]: Form };

export interface Misfit {
  /** Where, as `a.b`. */
  readonly path: string;
  readonly expected: string;
  readonly received: string;
}

type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The first place where the value has not the form, from the outside in. */
export function misfit(value: unknown, form: Form, path = ""): Misfit | undefined {
  if (typeof form === "string") return isOf(value, form) ? undefined : wrong(path, value, names[form]);
  if (isList(form)) {
    if (!Array.isArray(value)) return wrong(path, value, "a list");
    return first(value.map((entry, i) => () => misfit(entry, form[0], `${path}[${i}]`)));
  }
  if (!isObject(value)) return wrong(path, value, "an object");
  return first(
    Object.entries(form).map(
      ([field, inner]) =>
        () =>
          misfitOf(value, field, inner, path),
    ),
  );
}

function misfitOf(value: Fields, field: string, form: Form, path: string): Misfit | undefined {
  const isOptional = field.endsWith("?");
  const name = isOptional ? field.slice(0, -1) : field;
  const own = Object.hasOwn(value, name) ? value[name] : undefined;
  return isOptional && own === undefined ? undefined : misfit(own, form, path ? `${path}.${name}` : name);
}

const names = {
  string: "a text",
  number: "a number",
  count: "a whole number of at least 0",
  boolean: "true or false",
  object: "an object",
  list: "a list",
} as const;

function isOf(value: unknown, form: keyof typeof names): boolean {
  if (form === "object") return isObject(value);
  if (form === "list") return Array.isArray(value);
  if (form === "count") return Number.isSafeInteger(value) && (value as number) >= 0;
  return typeof value === form;
}

const isList = (form: Form): form is readonly [Form] => Array.isArray(form);

function first(checks: readonly (() => Misfit | undefined)[]): Misfit | undefined {
  for (const check of checks) {
    const found = check();
    if (found) return found;
  }
  return undefined;
}

function wrong(path: string, value: unknown, expected: string): Misfit {
  const text = JSON.stringify(value) ?? "nothing";
  return { path: path || "it", expected, received: text.length > 60 ? `${text.slice(0, 60)}…` : text };
}
