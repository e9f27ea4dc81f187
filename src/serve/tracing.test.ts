import { context, propagation, trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ask, type Started, started } from "../../test/support/service.ts";
import { openTracing } from "./tracing.ts";

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

beforeAll(() => provider.register());
beforeEach(() => exporter.reset());
afterAll(async () => {
  await provider.shutdown();
  for (const api of [trace, context, propagation]) api.disable();
});

const pipelines = {
  page: { candidates: [{ from: "tiny", n: 6 }], rank: "tiny", rerank: [{ mmr: { lambda: 0.5 } }], k: 3 },
};

async function traced(options: Parameters<typeof started>[0] = {}): Promise<Started> {
  const tracing = await openTracing("1.2.3");
  return await started({ ...options, tracing });
}

/** Each span below its parent, as a list of lines. */
function tree(spans: readonly ReadableSpan[], parent?: ReadableSpan, depth = 0): string[] {
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const isBelow = (span: ReadableSpan) =>
    parent
      ? span.parentSpanContext?.spanId === parent.spanContext().spanId
      : !ids.has(span.parentSpanContext?.spanId ?? "");
  return spans
    .filter(isBelow)
    .flatMap((span) => [`${"  ".repeat(depth)}${span.name}`, ...tree(spans, span, depth + 1)]);
}

test("a request is a span, and what the answer is made of are its children", async () => {
  const { app } = await traced({ pipelines });
  await ask(app, "PUT", "/v1/items/007", { fields: { genre: "drama" } });
  await ask(app, "POST", "/v1/events", { events: [{ user: "anna", item: "007", type: "view" }] });
  await ask(app, "POST", "/v1/recommend", { user: "anna", k: 2, filter: "!has(item.genre)" });
  await ask(app, "POST", "/v1/recommend", { user: "anna", pipeline: "page", filter: "!has(item.genre)" });
  await ask(app, "GET", "/v1/items/007/similar?k=2");
  const spans = exporter.getFinishedSpans();
  expect(tree(spans)).toEqual([
    "PUT /v1/items/:id",
    "  store append",
    "POST /v1/events",
    "  store append",
    "POST /v1/recommend",
    "  filter",
    "  rank",
    "POST /v1/recommend",
    "  candidates",
    "    filter",
    "  rank",
    "  rerank.0.mmr",
    "GET /v1/items/:id/similar",
    "  rank",
  ]);
  const named = (name: string) => spans.filter((span) => span.name === name).map(({ attributes }) => attributes);
  expect(named("POST /v1/recommend")).toMatchObject([
    {
      "http.request.method": "POST",
      "http.route": "/v1/recommend",
      "http.response.status_code": 200,
      "penchant.model": "tiny",
      "penchant.items": 2,
    },
    { "penchant.pipeline": "page", "penchant.items": 3 },
  ]);
  expect(named("store append")[1]).toEqual({ "penchant.entries": 1 });
  expect(named("candidates")).toEqual([{ "penchant.items": 5 }]);
  expect(spans[0]?.instrumentationScope).toMatchObject({ name: "penchant", version: "1.2.3" });
});

test("the trace of the caller is gone on with", async () => {
  const { app } = await traced();
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await app.inject({ url: "/v1/models", headers: { traceparent } });
  await app.inject({ url: "/v1/models", headers: { traceparent: "00-nothing-01" } });
  const [known, unknown] = exporter.getFinishedSpans();
  expect(known?.spanContext().traceId).toBe("0af7651916cd43dd8448eb211c80319c");
  expect(known?.parentSpanContext).toMatchObject({ spanId: "b7ad6b7169203331", isRemote: true });
  expect(unknown?.parentSpanContext).toBeUndefined();
});

test("refusals have their status, failures their code, and nobody stands in either", async () => {
  const { app, service } = await traced();
  await ask(app, "GET", "/v1/users/zoe-lives-here/recommendations?nonsense=1");
  await ask(app, "GET", "/nothing/zoe-lives-here");
  await ask(app, "GET", "/v1/items/zoe-lives-here/similar");
  await service.close();
  await ask(app, "POST", "/v1/events", { events: [{ user: "zoe-lives-here", item: "007", type: "view" }] });
  const spans = exporter.getFinishedSpans();
  const facts = spans.map(({ name, attributes, status }) => [
    ...[name, attributes["http.response.status_code"], attributes["error.type"], status.code],
  ]);
  expect(facts).toEqual([
    ["GET /v1/users/:id/recommendations", 400, undefined, 0],
    ["GET", 404, undefined, 0],
    ["GET /v1/items/:id/similar", 404, undefined, 0],
    ["store append", undefined, "STORE_WRITE", 2],
    ["POST /v1/events", 503, "503", 2],
  ]);
  const written = JSON.stringify(
    spans.map(({ name, attributes, events, status, links }) => [name, attributes, events, status, links]),
  );
  expect(written).not.toContain("zoe");
});

test("requests at the same time keep their own children", async () => {
  const { app } = await traced();
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => ask(app, "POST", "/v1/recommend", { user: "anna", k: (i % 4) + 1 })),
  );
  const spans = exporter.getFinishedSpans();
  expect(spans.length).toBe(40);
  for (const span of spans.filter(({ name }) => name === "rank")) {
    const parent = spans.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
    expect(parent?.attributes["penchant.items"]).toBe(span.attributes["penchant.items"]);
  }
});

test("a service that is given no tracing traces nothing", async () => {
  const { app } = await started();
  await ask(app, "GET", "/v1/models");
  expect(exporter.getFinishedSpans()).toEqual([]);
});
