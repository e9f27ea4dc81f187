import type { TSchema } from "typebox";
import type { Route } from "./route.ts";
import { routes } from "./routes.ts";
import { ErrorAnswer } from "./schemas.ts";

/** The description of the service (OpenAPI 3.1), from the schemas that requests are checked by. */
export function openApi(version: string, table: readonly Route[] = routes): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of table) {
    const path = route.url.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Penchant",
      version,
      description: "Recommendations from a trained run, and the events it hears of.",
    },
    paths,
    components: {
      schemas: { Error: plain(ErrorAnswer) },
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
    },
  };
}

function operation({ method, url, summary, params, query, body, answer, example, scope }: Route): object {
  const parameters = [...described(params, "path"), ...described(query, "query")];
  const error = { content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } };
  return {
    operationId: `${method.toLowerCase()}${url.replace(/\/:?(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    ...(scope !== undefined && { security: [{ key: [] }], "x-scope": scope }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: plain(body), ...(example && { example }) } },
      },
    }),
    responses: {
      200: { description: "the answer", content: { "application/json": { schema: plain(answer) } } },
      "4XX": { description: "the request cannot be answered as it is", ...error },
      503: { description: "not now: ask again after the time in Retry-After", ...error },
    },
  };
}

function described(schema: TSchema | undefined, place: "path" | "query"): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, TSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, inner]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: plain(inner),
  }));
}

/** Without what the schemas carry beyond JSON. */
const plain = (schema: TSchema): unknown => JSON.parse(JSON.stringify(schema));
