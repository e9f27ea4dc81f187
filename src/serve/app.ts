import type { Server } from "node:http";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { PenchantError, penchantError } from "../core/errors.ts";
import { checker } from "../pipeline/index.ts";
import { countBodies, drained } from "./bodies.ts";
import { httpFailure } from "./failure.ts";
import { Gate, RateLimit, within } from "./gate.ts";
import { type Key, KeyRing, type Scope } from "./keys.ts";
import { Metrics } from "./metrics.ts";
import { openApi } from "./openapi.ts";
import { CONTENT_SECURITY, page } from "./page.ts";
import { answerTo, type Route } from "./route.ts";
import { Nothing, routes } from "./routes.ts";
import type { Service } from "./service.ts";
import { closeConnections } from "./stopping.ts";
import type { RequestSpan, Tracing } from "./tracing.ts";

export interface AppOptions {
  /** Of the package, as the description says it. */
  readonly version: string;
  /** Without them everybody may do everything. */
  readonly keys?: readonly Key[] | undefined;
  /** Answers under way at once; more are refused with SERVE_BUSY. Default 256. */
  readonly concurrency?: number | undefined;
  /** Milliseconds an answer may take. Default 10,000. */
  readonly timeout?: number | undefined;
  /** Requests a second of one address or of a key that says nothing else; 0: as many as it likes. Default 0. */
  readonly rate?: number | undefined;
  /** Bytes of a body. Default 1 MiB. */
  readonly bodyLimit?: number | undefined;
  /** Origins of web pages that may ask, as in https://shop.example. Default: none. */
  readonly origins?: readonly string[] | undefined;
  /** Takes `x-forwarded-for` for the address of the caller: behind a proxy alone. Default false. */
  readonly trustProxy?: boolean | undefined;
  /** Where the lines of the log go; default: nowhere. */
  readonly log?: NodeJS.WritableStream | undefined;
  /** Traces requests; the service is given its `watch`. Default: nothing is traced. */
  readonly tracing?: Tracing | undefined;
}

declare module "fastify" {
  interface FastifyInstance {
    /** Whether some request is being answered. */
    isAnswering(): boolean;
  }
  interface FastifyRequest {
    /** Name of the caller's key. */
    caller: string | undefined;
    /** Of its trace; undefined where nothing is traced, and once it has ended. */
    span: RequestSpan | undefined;
  }
}

/** The service behind HTTP. Nothing listens yet: `listen`, or `inject` in tests. */
export function createApp(service: Service, options: AppOptions): FastifyInstance {
  const bodyLimit = options.bodyLimit ?? 1 << 20;
  const app = Fastify({
    bodyLimit,
    requestTimeout: 30_000,
    // who sends a byte now and then is looked for every few seconds, not twice a minute
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 3_000 },
    keepAliveTimeout: 72_000,
    trustProxy: options.trustProxy ?? false,
    logger: options.log ? { stream: options.log as { write(text: string): void }, base: null } : false,
    // Addresses hold ids of people: the line of a request is written below, without.
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: false,
    forceCloseConnections: "idle",
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4096 },
    frameworkErrors: (error, _request, reply) => void sendFailure(reply, error),
  });
  const metrics = new Metrics();
  const gate = new Gate(options.concurrency ?? 256);
  describeTo(metrics, service, gate);
  app.decorateRequest("caller", undefined);
  app.decorateRequest("span", undefined);
  app.setValidatorCompiler(() => () => true); // every route checks by its own schemas
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler(async (error, request, reply) => {
    if (reply.getHeader("connection") === "close") await drained(request.raw);
    return sendFailure(reply, error);
  });
  app.setNotFoundHandler((request) => {
    throw penchantError("SERVE_ROUTE", { what: `There is nothing at this address for ${request.method}` });
  });
  if (options.tracing) traceRequests(app, options.tracing);
  allowOrigins(app, options.origins ?? []);
  noteRequests(app, metrics);
  countBodies(app, bodyLimit);
  const guard = guardOf(options, gate);
  const timeout = options.timeout ?? 10_000;
  for (const route of routes) mount(app, { route, service, metrics, guard, gate, timeout });
  pages(app, options, metrics, guard);
  app.decorate("isAnswering", () => gate.inside > 0);
  app.addHook("preClose", async () => closeConnections(app.server as Server, app.isAnswering));
  app.addHook("onClose", () => metrics.stop());
  return app;
}

type Guard = (request: FastifyRequest, scope: Scope | undefined, needsPlace?: boolean) => void;

/** Lets a request in: its key, its rate, and whether there is a place, which it takes when all of it is there. Throws SERVE_KEY, SERVE_SCOPE, SERVE_RATE, SERVE_BUSY. */
function guardOf({ keys, rate = 0 }: AppOptions, gate: Gate): Guard {
  const ring = keys && new KeyRing(keys);
  const limit = new RateLimit();
  return (request, scope, needsPlace = true) => {
    if (scope === undefined) return;
    const key = ring?.admit(request.headers.authorization, scope);
    request.caller = key?.name;
    const most = key?.rate ?? rate;
    if (most > 0) limit.take(key ? `key ${key.name}` : request.ip, most);
    if (needsPlace) gate.check();
  };
}

interface Mounting {
  readonly route: Route;
  readonly service: Service;
  readonly metrics: Metrics;
  readonly guard: Guard;
  readonly gate: Gate;
  readonly timeout: number;
}

function mount(app: FastifyInstance, { route, service, metrics, guard, gate, timeout }: Mounting): void {
  const checkParams = checker(route.params ?? Nothing, "address", "SERVE_REQUEST");
  const checkQuery = checker(route.query ?? Nothing, "query", "SERVE_REQUEST");
  const checkBody = route.body && checker(route.body, "body", "SERVE_REQUEST");
  app.route({
    method: route.method,
    url: route.url,
    // before the body is read: who may not ask sends nothing
    onRequest: async (request) => guard(request, route.scope),
    handler: async (request, reply) => {
      const { params, query, body } = request;
      checkParams(params);
      checkQuery(query);
      checkBody?.(body);
      const handle = () => answerTo(service, route, { params, query, body });
      const start = () => (request.span ? request.span.within(handle) : handle());
      const work = route.scope === undefined ? start() : gate.during(start);
      const answer = await (route.isLong ? work : within(timeout, work));
      noteAnswer(metrics, answer, request.span);
      if (route.url === "/readyz" && (answer as { status: string }).status === "stopping") reply.code(503);
      return answer;
    },
  });
}

interface AnswerFacts {
  readonly method?: string;
  readonly model?: { readonly name: string; readonly version: string };
  readonly pipeline?: string;
  readonly accepted?: number;
  readonly items?: readonly unknown[];
}

/** Who was answered how; not whom. */
function noteAnswer(metrics: Metrics, answer: object, span: RequestSpan | undefined): void {
  const { method, model, pipeline, accepted, items } = answer as AnswerFacts;
  span?.note({
    ...(method !== undefined && { method }),
    ...(model && { model: model.name, version: model.version }),
    ...(pipeline !== undefined && { pipeline }),
    ...(accepted !== undefined && { events: accepted }),
    ...(items && { items: items.length }),
  });
  if (method && model) {
    metrics.count("penchant_answers_total", "lists by model and method", { model: model.name, method });
  }
  if (accepted) metrics.count("penchant_events_total", "events taken", {}, accepted);
}

/** What is not an answer of the service: its description, a page to try it, and its metrics. */
function pages(app: FastifyInstance, { version }: AppOptions, metrics: Metrics, guard: Guard): void {
  const description = openApi(version);
  app.get("/openapi.json", async () => description);
  app.get("/docs", (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .headers({ "content-security-policy": CONTENT_SECURITY, "x-content-type-options": "nosniff" })
      .serializer(String)
      .send(page),
  );
  app.get("/metrics", { onRequest: async (request) => guard(request, "admin", false) }, (_request, reply) =>
    reply.type("text/plain; version=0.0.4").serializer(String).send(metrics.text()),
  );
}

function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.addHook("onRequest", async (request, reply) => {
    const { origin } = request.headers;
    if (origin === undefined || !origins.includes(origin)) return;
    reply.headers({ "access-control-allow-origin": origin, vary: "origin" });
    if (request.method !== "OPTIONS") return;
    reply.headers({
      "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "authorization, content-type",
      "access-control-max-age": "600",
    });
    await reply.code(204).send();
  });
}

/** A span for each request, from the first hook to the end of the answer, or of the connection. */
function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  app.addHook("onRequest", async (request) => {
    request.span = tracing.request(request.headers, request.method, request.routeOptions.url);
  });
  const end = (request: FastifyRequest, status: number) => {
    request.span?.end(status);
    request.span = undefined;
  };
  app.addHook("onResponse", async (request, reply) => end(request, reply.statusCode));
  app.addHook("onRequestAbort", async (request) => end(request, 499));
}

/** One line and a few numbers for each request: its route, not its address, so that no id of a person is in them. */
function noteRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    const seconds = reply.elapsedTime / 1000;
    const { method, caller } = request;
    metrics.count("penchant_http_requests_total", "requests by route and status", {
      ...{ method, route, status: String(reply.statusCode) },
    });
    metrics.took(route, seconds);
    request.log.info(
      { method, route, status: reply.statusCode, ms: Math.round(seconds * 1e4) / 10, key: caller },
      "request",
    );
  });
}

function describeTo(metrics: Metrics, service: Service, gate: Gate): void {
  metrics.gauge("penchant_answers_under_way", "requests being answered", () => gate.inside);
  metrics.gauge("penchant_people_with_events", "people of whom events are known", () => service.people.size);
  metrics.gauge("penchant_last_event", "number of the last event on the disk", () => service.lastEvent);
  const rulesOf = (read: "price" | "reached") => () =>
    [...service.pacing].flatMap(([pipeline, { all }]) =>
      all.map((paced) => [{ pipeline, rule: paced.rule }, paced[read]] as const),
    );
  metrics.gauge("penchant_utility_price", "price of a rule of a pipeline that is paced", rulesOf("price"));
  metrics.gauge("penchant_utility_reached", "mean of a rule over the pages shown", rulesOf("reached"));
  metrics.gauge("penchant_model_info", "models that answer", () =>
    service.models.map(({ name, run, version }) => [{ name, run, version }, 1] as const),
  );
}

function sendFailure(reply: FastifyReply, thrown: unknown): FastifyReply {
  const { status, headers, body, unexpected } = httpFailure(thrown);
  if (unexpected) logUnexpected(reply.log, unexpected);
  return reply
    .code(status)
    .headers(headers)
    .type("application/json; charset=utf-8")
    .serializer(JSON.stringify)
    .send(body);
}

function logUnexpected(log: FastifyBaseLogger, error: Error): void {
  log.error({ code: error instanceof PenchantError ? error.code : "UNEXPECTED_FAILURE", stack: error.stack }, "failed");
}
