import { catalogue, type ErrorCode } from "./catalogue.ts";

export type { ErrorCode } from "./catalogue.ts";
export { catalogue } from "./catalogue.ts";

/** What a caller says about a failure; the message is assembled from it. */
export interface ErrorParts {
  /** What happened, one clause without a full stop. */
  readonly what: string;
  readonly expected?: string | undefined;
  readonly received?: string | undefined;
  /** How to fix it, as an imperative sentence. Defaults to the catalogue's advice for the code. */
  readonly fix?: string | undefined;
  /** Machine-readable facts (paths, names, counts). */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** Every error that Penchant throws on purpose. `code` is stable; `message` and `fix` are for people. */
export class PenchantError extends Error {
  readonly code: ErrorCode;
  readonly fix: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(sentence(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "PenchantError";
    this.code = code;
    this.fix = parts.fix ?? catalogue[code].fix;
    this.details = parts.details ?? {};
  }
}

function sentence({ what, expected, received }: ErrorParts): string {
  const facts = [expected && `expected ${expected}`, received && `received ${received}`].filter(Boolean).join("; ");
  return facts ? `${what}: ${facts}.` : `${what}.`;
}

/** Builds the error without throwing it, for promise rejections and causes. */
export function penchantError(code: ErrorCode, parts: ErrorParts): PenchantError {
  const error = new PenchantError(code, parts);
  Error.captureStackTrace?.(error, penchantError);
  return error;
}

/** Throws the error; the stack starts at the caller's line. */
export function fail(code: ErrorCode, parts: ErrorParts): never {
  const error = new PenchantError(code, parts);
  Error.captureStackTrace?.(error, fail);
  throw error;
}
