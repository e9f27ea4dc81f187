import { expect, test } from "vitest";
import { catalogue } from "../core/catalogue.ts";
import { type ErrorCode, PenchantError } from "../core/errors.ts";
import { httpFailure } from "./failure.ts";

/** Of commands that no request begins. */
const ELSEWHERE: readonly ErrorCode[] = [
  ...([
    "ARTIFACT_EXPORT",
    "ARTIFACT_EXISTS",
    "ARTIFACT_ENSEMBLE",
    "INDEX_RECALL",
    "STORE_URL",
    "STORE_CLIENT",
  ] as const),
  ...(["SERVE_EXPERIMENT", "SERVE_ADDRESS", "SERVE_KEYS"] as const),
];
const codes = (Object.keys(catalogue) as ErrorCode[]).filter(
  (code) => /^(SERVE|STORE|INDEX|ARTIFACT|DATA_STORED)_/.test(code) && !ELSEWHERE.includes(code),
);

test.each(codes)("%s is no surprise: a status of its own, and what it says", (code) => {
  const { status, body, unexpected } = httpFailure(new PenchantError(code, { what: "It was so" }));
  expect([status, unexpected]).toEqual([expect.any(Number), undefined]);
  expect([status === 500, status >= 400]).toEqual([false, true]);
  expect(body.error).toMatchObject({ code, message: expect.stringContaining("It was so") });
});
