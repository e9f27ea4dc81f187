import { catalogue, type ErrorCode, PenchantError, penchantError } from "../../core/errors.ts";

/** The form in which the native core reports a failure. */
interface NativeFailure {
  readonly code: string;
  readonly what: string;
  readonly expected?: string | null;
  readonly received?: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one place where native failures become errors. Anything unexpected is an ENGINE_FAILURE with its cause. */
export function toPenchantError(error: unknown): PenchantError {
  if (error instanceof PenchantError) return error; // refused on the way there
  const failure = parse(error);
  if (!failure || !isCode(failure.code)) {
    return penchantError("ENGINE_FAILURE", { what: "The native core failed", received: String(error), cause: error });
  }
  const { code, what, expected, received, details } = failure;
  return penchantError(code, { what, expected: expected ?? undefined, received: received ?? undefined, details });
}

/** Runs a call into the addon and translates what it throws. */
export function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toPenchantError(error);
  }
}

/** As `translated`, for calls that answer later. */
export async function translatedAsync<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toPenchantError(error);
  }
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(catalogue, code);

function parse(error: unknown): NativeFailure | undefined {
  try {
    const value: unknown = JSON.parse(error instanceof Error ? error.message : "");
    return typeof value === "object" && value !== null && "code" in value ? (value as NativeFailure) : undefined;
  } catch {
    return undefined;
  }
}
