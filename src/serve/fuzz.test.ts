/** Requests made from the description of the service, and damaged: whatever comes, the answer is no 500. `PENCHANT_FUZZ=20000` sends more. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { started } from "../../test/support/service.ts";
import { openApi } from "./openapi.ts";

const REQUESTS = Number(process.env["PENCHANT_FUZZ"] ?? 400);

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

function requestOf(path: string, method: string, { parameters = [], requestBody }: Operation) {
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

test(
  `${REQUESTS} requests that the description allows, or nearly allows, are answered or refused`,
  async () => {
    const home = {
      candidates: [
        { from: "tiny", n: 5 },
        { from: "popular", n: 2 },
      ],
      rank: "tiny",
      k: 3,
    };
    const { app } = await started({ workshop: "forgets anna", pipelines: { home } });
    const { paths } = openApi("0.0.0") as { paths: Record<string, Record<string, Operation>> };
    const requests = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => requestOf(path, method.toUpperCase(), operation)),
    );
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.oneof(...requests), async ({ method, url, body }) => {
        const headers = body === undefined ? {} : { "content-type": "application/json" };
        const answer = await app.inject({
          method: method as "GET",
          url,
          headers,
          ...(body !== undefined && { payload: body }),
        });
        statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
        expect([answer.statusCode < 500 || answer.statusCode === 503, answer.body]).toEqual([true, answer.body]);
        if (answer.statusCode >= 400) expect(answer.json()).toMatchObject({ error: { code: expect.any(String) } });
      }),
      { numRuns: REQUESTS },
    );
    expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 20); // they are not all refused at the door
  },
  60_000 + REQUESTS * 200,
);
