import { createHash } from "node:crypto";
import type { Pipeline } from "./schema.ts";

const known = new WeakMap<Pipeline, string>();

/**
 * The first 12 hex digits of the SHA-256 of what a pipeline says, in whatever order its names stand: the same stages, the same version. The models
 * that it asks have versions of their own.
 */
export function pipelineVersion(pipeline: Pipeline): string {
  const version = known.get(pipeline) ?? digest(pipeline);
  known.set(pipeline, version);
  return version;
}

const digest = (pipeline: Pipeline): string =>
  createHash("sha256")
    .update(JSON.stringify(ordered(pipeline)))
    .digest("hex")
    .slice(0, 12);

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, each]) => [name, ordered(each)]));
}
