import type { SolveControl, Solver } from "../contract.ts";
import { watched } from "../watched.ts";
import type { Addon, AddonSolver } from "./addon.ts";
import { translatedAsync } from "./errors.ts";

/** Solutions on the native core's own threads. */
export function nativeSolver(addon: Addon): Solver {
  const solve = <T>({ threads, ...control }: SolveControl, work: (job: AddonSolver) => Promise<T>): Promise<T> => {
    const job = new addon.NativeSolver(threads);
    return watched(job, control, () => translatedAsync(() => work(job)));
  };
  return {
    ease: (matrix, l2, control) => solve(control, (job) => job.ease(matrix, matrix.columns, l2)),
    neighbours: ({ matrix, count, normalize, shrinkage }, control) =>
      solve(control, (job) => job.neighbours(matrix, matrix.columns, { count, normalize, shrinkage })),
    leastSquares: ({ matrix, fixed, factors, l2, width, unobserved, offset, steps }, control) =>
      solve(control, (job) => job.alsHalf(matrix, fixed, factors, l2, { width, unobserved, offset, steps })),
  };
}
