/**
 * Traces by the OpenTelemetry API, which an install does not bring: where it is missing nothing is traced, and where nobody has registered an SDK
 * it does nothing. Spans say what was done and how many, never for whom: no ids, no addresses, no messages of errors.
 */
import type { Attributes, Context, Span } from "@opentelemetry/api";
import { PenchantError } from "../core/errors.ts";
import type { Watch } from "../core/watch.ts";

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The span of a request, from its first byte to the last of its answer. */
export interface RequestSpan {
  /** What work notes of itself becomes a child of this span. */
  within<T>(work: () => T): T;
  note(facts: Attributes): void;
  /** Once; later calls count for nothing. */
  end(status: number): void;
}

export interface Tracing {
  readonly watch: Watch;
  /** Goes on with the trace that the caller names in `traceparent`, or begins one. */
  request(headers: Headers, method: string, route: string | undefined): RequestSpan;
}

/** Undefined where the API is not installed. */
export async function openTracing(version: string): Promise<Tracing | undefined> {
  const api = await import("@opentelemetry/api").catch(() => undefined);
  if (!api) return undefined;
  const { context, propagation, trace, SpanKind, SpanStatusCode } = api;
  const tracer = trace.getTracer("penchant", version);
  const failed = (span: Span, type: string) => {
    span.setAttribute("error.type", type);
    span.setStatus({ code: SpanStatusCode.ERROR });
  };
  /** Where something in this process has begun the trace of the request already, that is the parent. */
  const parentOf = (headers: Headers): Context => {
    const active = context.active();
    return trace.getSpan(active) ? active : propagation.extract(active, headers);
  };
  return {
    watch: (name, work, facts) =>
      tracer.startActiveSpan(name, async (span) => {
        try {
          const done = await work();
          if (facts) span.setAttributes(attributesOf(facts(done)));
          return done;
        } catch (error) {
          failed(span, error instanceof PenchantError ? error.code : "UNEXPECTED_FAILURE");
          throw error;
        } finally {
          span.end();
        }
      }),
    request(headers, method, route) {
      const parent = parentOf(headers);
      const name = route === undefined ? method : `${method} ${route}`;
      const attributes = { "http.request.method": method, ...(route !== undefined && { "http.route": route }) };
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
      const own = trace.setSpan(parent, span);
      return {
        within: (work) => context.with(own, work),
        note: (facts) => span.setAttributes(attributesOf(facts)),
        end(status) {
          span.setAttribute("http.response.status_code", status);
          if (status >= 500) failed(span, String(status));
          span.end();
        },
      };
    },
  };
}

const attributesOf = (facts: Attributes): Attributes =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [`penchant.${name}`, value]));
