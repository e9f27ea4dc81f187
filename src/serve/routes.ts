import Type from "typebox";
import { Compile } from "typebox/compile";
import { fail } from "../core/errors.ts";
import { recommend, similar } from "./answers.ts";
import { catalogRoutes } from "./catalog-routes.ts";
import { acceptEvents } from "./events.ts";
import { modelRoutes } from "./model-routes.ts";
import { pageOf } from "./pages.ts";
import { eventContext } from "./request-fields.ts";
import type { Route } from "./route.ts";
import {
  EventsAnswer,
  EventsBody,
  HealthAnswer,
  IdParams,
  ListQuery,
  ReadyAnswer,
  RecommendationsAnswer,
  RecommendBody,
  SimilarAnswer,
  SimilarQuery,
} from "./schemas.ts";
import type { Service } from "./service.ts";

interface ListFlags {
  readonly k?: string;
  readonly why?: string;
  readonly includeSeen?: string;
  readonly filter?: string;
  readonly model?: string;
  readonly context?: string;
  readonly at?: string;
}

export const routes: readonly Route[] = [
  {
    method: "POST",
    url: "/v1/recommend",
    tool: "recommend",
    summary: "Items for a user, for somebody of whom some items are known, or for both together",
    body: RecommendBody,
    answer: RecommendationsAnswer,
    example: { user: "7", k: 3, why: true },
    scope: "read",
    handle: (service, { body }) => answerOf(service, body as RecommendBody),
  },
  {
    method: "GET",
    url: "/v1/users/:id/recommendations",
    summary: "Items for a user",
    params: IdParams,
    query: ListQuery,
    answer: RecommendationsAnswer,
    scope: "read",
    handle: (service, { params, query }) => {
      const { k, why, includeSeen, context, ...rest } = query as ListFlags;
      return recommend(service, {
        ...rest,
        user: (params as { id: string }).id,
        ...(k !== undefined && { k: Number(k) }),
        why: why === "true",
        includeSeen: includeSeen === "true",
        ...(context !== undefined && { context: contextIn(context) }),
      });
    },
  },
  {
    method: "GET",
    url: "/v1/items/:id/similar",
    tool: "similar",
    summary: "Items like another one",
    params: IdParams,
    query: SimilarQuery,
    answer: SimilarAnswer,
    scope: "read",
    handle: (service, { params, query }) => {
      const { k, ...rest } = query as ListFlags;
      return similar(service, (params as { id: string }).id, { ...rest, ...(k !== undefined && { k: Number(k) }) });
    },
  },
  {
    method: "POST",
    url: "/v1/events",
    tool: "record_events",
    summary: "What people did: answered when it is on the disk, and counts in the next list",
    body: EventsBody,
    answer: EventsAnswer,
    example: { events: [{ user: "7", item: "film-3", type: "view" }] },
    scope: "write",
    handle: (service, { body }) => acceptEvents(service, body as EventsBody),
  },
  ...catalogRoutes,
  ...modelRoutes,
  {
    method: "GET",
    url: "/healthz",
    summary: "Whether the process is alive",
    answer: HealthAnswer,
    scope: undefined,
    handle: () => ({ status: "ok" }),
  },
  {
    method: "GET",
    url: "/readyz",
    tool: "ready",
    summary: "Whether it answers and takes events; 503 where it does not answer",
    answer: ReadyAnswer,
    scope: undefined,
    handle: (service) => service.readiness(),
  },
];

/** By one model, or by a pipeline. */
function answerOf(service: Service, body: RecommendBody): Promise<object> {
  if (body.pipeline !== undefined) return pageOf(service, body);
  for (const name of ["trace", "explain"] as const) {
    if (body[name] !== undefined)
      fail("SERVE_REQUEST", { what: `${name} is for pipelines`, fix: "Name one in pipeline." });
  }
  return recommend(service, body);
}

const eventForm = Compile(eventContext);

/** What an address says of the event. Throws SERVE_REQUEST. */
function contextIn(text: string): NonNullable<RecommendBody["context"]> {
  let context: unknown;
  try {
    context = JSON.parse(text);
  } catch {
    context = undefined;
  }
  if (eventForm.Check(context)) return context;
  return fail("SERVE_REQUEST", {
    what: "context is not what is known of an event",
    expected: 'a JSON object of values by name, such as {"device": "phone"}, encoded for an address',
    received: text.slice(0, 80),
  });
}

/** Of addresses without parameters. */
export const Nothing = Type.Object({}, { additionalProperties: false });
