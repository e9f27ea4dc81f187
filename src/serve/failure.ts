import type { FastifyError } from "fastify";
import { type ErrorCode, PenchantError, penchantError } from "../core/errors.ts";
import { Refusal } from "./gate.ts";

/** Status of errors that are not the server's fault; any other is 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  SERVE_REQUEST: 400,
  DATA_ID: 400,
  CONFIG_VALUE: 400,
  CONFIG_UNKNOWN: 400,
  CONFIG_FILTER: 400,
  CONFIG_PIPELINE: 400,
  FEATURE_MISSING: 400,
  FEATURE_UNKNOWN: 400,
  FEATURE_VALUE: 400,
  INDEX_MISSING: 400,
  SERVE_KEY: 401,
  SERVE_SCOPE: 403,
  SERVE_ROUTE: 404,
  SERVE_MODEL: 404,
  SERVE_PIPELINE: 404,
  DATA_ITEM_UNKNOWN: 404,
  DATA_USER_UNKNOWN: 404,
  WORKSPACE_BUSY: 409,
  SERVE_ANSWERS: 409,
  SERVE_DEPLOYMENTS: 409,
  ARTIFACT_CORRUPT: 409,
  ARTIFACT_MISSING: 409,
  ARTIFACT_SHAPE: 409,
  ARTIFACT_VERSION: 409,
  ENSEMBLE_MEMBERS: 409,
  INDEX_CORRUPT: 409,
  INDEX_STALE: 409,
  WORKSPACE_UNKNOWN: 409,
  DATA_STORED_CORRUPT: 409,
  DATA_STORED_MISSING: 409,
  DATA_STORED_VERSION: 409,
  DATA_FORGET: 409,
  SERVE_BODY: 413,
  SERVE_RATE: 429,
  SERVE_REMOTE: 502,
  SERVE_BUSY: 503,
  SERVE_TIMEOUT: 503,
  STORE_BUSY: 503,
  STORE_CORRUPT: 503,
  STORE_WRITE: 503,
  ENGINE_MEMORY: 503,
  ARTIFACT_WRITE: 503,
  DATA_WRITE: 503,
  WORKSPACE_DISK: 503,
  WORKSPACE_DISK_FULL: 503,
  WORKSPACE_PERMISSION: 503,
};

export interface HttpFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: { readonly code: string; readonly message: string; readonly fix: string } };
  /** What nobody expected, for the log. */
  readonly unexpected: Error | undefined;
}

export function httpFailure(thrown: unknown): HttpFailure {
  const error = thrown instanceof PenchantError ? thrown : fromFramework(thrown as FastifyError);
  const known = STATUS[error.code];
  const status = (error.details["status"] as number | undefined) ?? known ?? 500;
  const retryAfter = error instanceof Refusal ? error.retryAfter : status === 503 ? 1 : undefined;
  const isHidden = status === 500; // a stack or a path of the machine is nobody's business
  const message = isHidden ? "Something failed on the server." : error.message;
  return {
    status,
    headers: {
      ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
      ...(status === 401 && { "www-authenticate": "Bearer" }),
    },
    body: { error: { code: error.code, message, fix: isHidden ? "See the log of the server." : error.fix } },
    unexpected: isHidden ? (thrown as Error) : undefined,
  };
}

/** What Fastify refuses before a handler sees it: bodies too large, of another type, or not JSON. */
function fromFramework(error: FastifyError): PenchantError {
  const { statusCode, code } = error;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const isBody =
      /^FST_ERR_CTP|^FST_ERR_.*BODY/.test(code ?? "") || error instanceof SyntaxError || statusCode === 413;
    return penchantError(isBody ? "SERVE_BODY" : "SERVE_REQUEST", {
      what: error.message.replace(/\.$/, ""),
      details: { status: statusCode },
    });
  }
  return penchantError("UNEXPECTED_FAILURE", { what: String(error?.message ?? error), cause: error });
}
