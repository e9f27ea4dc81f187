import type { SolveControl } from "./contract.ts";

/** Milliseconds between two looks at how far a solution is. */
const LOOK = 100;

/** Work that can be stopped, and that tells how much of it is done. */
export interface Stoppable {
  cancel(): void;
  /** From 0 to 1. */
  progress(): number;
}

/** Waits for the work, tells how far it is, and stops it when the signal says so. */
export async function watched<T>(
  job: Stoppable,
  { signal, onProgress }: Pick<SolveControl, "signal" | "onProgress">,
  work: () => Promise<T>,
): Promise<T> {
  const stop = () => job.cancel();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) job.cancel();
  const timer = onProgress && setInterval(() => onProgress(job.progress()), LOOK);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", stop);
  }
}
