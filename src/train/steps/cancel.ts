import { PenchantError, penchantError } from "../../core/errors.ts";

const cancelled = (signal: AbortSignal) =>
  penchantError("TRAIN_CANCELLED", { what: "Training was cancelled", cause: signal.reason });

/** Throws TRAIN_CANCELLED where the signal has fired. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled(signal);
}

/** The error, or where it is that of an engine told to stop, which knows no reason, TRAIN_CANCELLED with the signal's. */
export function withReason(error: unknown, signal: AbortSignal): unknown {
  const isStop = error instanceof PenchantError && error.code === "TRAIN_CANCELLED" && error.cause === undefined;
  return isStop && signal.aborted ? cancelled(signal) : error;
}

/** The promise, or TRAIN_CANCELLED as soon as the signal fires; what the promise does afterwards is nobody's concern. */
export async function orCancelled<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfCancelled(signal);
  let stop = () => {};
  const fired = new Promise<never>((_, reject) => {
    stop = () => reject(cancelled(signal));
    signal.addEventListener("abort", stop, { once: true });
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, fired]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
