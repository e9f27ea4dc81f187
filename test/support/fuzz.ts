import type { Parameters as FuzzParameters } from "fast-check";

/** Of all random tests. Another one: PENCHANT_FUZZ_SEED=N, as a failure's message tells it. */
const seed = Number(process.env["PENCHANT_FUZZ_SEED"] ?? 1);

/**
 * Options of `fc.assert`: the same draws every time, so that a failure comes again; and an end before the test's own time
 * limit (three minutes), with a message that tells the seed and the case, which a test that merely runs out of time does not.
 */
export const fuzz = (numRuns: number): FuzzParameters<unknown> => ({
  seed,
  numRuns,
  timeout: 60_000,
  interruptAfterTimeLimit: 150_000,
  markInterruptAsFailure: true,
});
