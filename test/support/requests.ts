/** Requests made from a description of a service (OpenAPI), nearly all of which it allows. */
import fc from "fast-check";

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Schema } } };
}

const texts = fc.oneof(
  fc.constantFrom(
    "anna",
    "007",
    "7",
    "tiny",
    "home",
    "",
    "seen",
    "none",
    "true",
    "__proto__",
    "constructor",
    "../..",
    "item.a == 1",
    "\u2028",
    "\ud83c",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const numbers = fc.oneof(fc.integer({ min: -2, max: 12 }), fc.double(), fc.constantFrom(1e308, -0, 2 ** 53, 1e-320));
const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), texts, numbers, fc.constant(null));

/** What the schema allows, and now and then what it does not. */
function madeOf(schema: Schema): fc.Arbitrary<unknown> {
  const fitting = fittingOf(schema);
  return fc.oneof({ arbitrary: fitting, weight: 12 }, { arbitrary: anything, weight: 1 });
}

function fittingOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(madeOf));
  if (schema.type === "object") return objectOf(schema);
  if (schema.type === "array") return fc.array(madeOf(schema.items ?? {}), { maxLength: 4 });
  if (schema.type === "integer") return fc.integer({ min: 0, max: 12 });
  if (schema.type === "number") return numbers;
  if (schema.type === "boolean") return fc.boolean();
  if (schema.pattern?.startsWith("^[1-9]")) return fc.integer({ min: 1, max: 12 }).map(String);
  return schema.type === "string" ? texts : anything;
}

function objectOf({ properties = {}, patternProperties, required = [] }: Schema): fc.Arbitrary<unknown> {
  const [open] = Object.values(patternProperties ?? {});
  if (open) return fc.dictionary(fc.oneof(texts, fc.constantFrom("a", "genre")), madeOf(open), { maxKeys: 3 });
  const fields = Object.entries(properties).map(([name, inner]) => {
    const isNeeded = required.includes(name);
    return [name, fc.option(madeOf(inner), { nil: undefined, freq: isNeeded ? 20 : 1 })] as const;
  });
  return fc.record(Object.fromEntries(fields));
}

export interface MadeRequest {
  readonly method: string;
  readonly url: string;
  /** Undefined: none is sent. */
  readonly body: string | undefined;
}

/** Any request that a description has, by its schemas, and now and then off them. */
export function requestsOf(description: object): fc.Arbitrary<MadeRequest> {
  const { paths } = description as { paths: Record<string, Record<string, Operation>> };
  const requests = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestOf(path, method.toUpperCase(), operation)),
  );
  return fc.oneof(...requests);
}

function requestOf(
  path: string,
  method: string,
  { parameters = [], requestBody }: Operation,
): fc.Arbitrary<MadeRequest> {
  const given = fc.record(
    Object.fromEntries(parameters.map(({ name, schema }) => [name, fc.option(madeOf(schema), { nil: undefined })])),
  );
  const schema = requestBody?.content["application/json"].schema;
  const body = schema
    ? fc.oneof({ arbitrary: madeOf(schema).map((value) => JSON.stringify(value) ?? ""), weight: 9 }, texts)
    : fc.constant(undefined);
  return fc.record({ given, body }).map((made) => {
    const query = new URLSearchParams();
    let url = path;
    for (const { name, in: place } of parameters) {
      const value = made.given[name];
      if (place === "path")
        url = url.replace(`{${name}}`, encodeURIComponent(String(value ?? "x").replace(/\p{Cs}/gu, "?")));
      else if (value !== undefined) query.set(name, String(value));
    }
    return { method, url: `${url}?${query}`, body: made.body };
  });
}
