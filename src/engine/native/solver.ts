import type { SolveControl, Solver, SparseMatrix } from "../contract.ts";
import { solveRequest, type Words } from "../request.ts";
import { watched } from "../watched.ts";
import type { Addon, AddonSolution } from "./addon.ts";
import { translatedAsync } from "./errors.ts";
import { upload } from "./upload.ts";

/** Solutions on the native core's own threads. */
export function nativeSolver(addon: Addon): Solver {
  async function solve(
    { threads, ...control }: SolveControl,
    matrix: SparseMatrix,
    problem: object,
    given: readonly Words[] = [],
  ): Promise<AddonSolution> {
    const { value, arrays } = solveRequest(matrix, problem, given);
    const sent = await upload(addon, arrays);
    const job = await translatedAsync(async () => new addon.NativeSolver(threads));
    return watched(job, control, () => translatedAsync(() => job.solve(JSON.stringify(value), sent)));
  }
  const empty = new Int32Array();
  return {
    ease: async (matrix, l2, control) => (await solve(control, matrix, { kind: "ease", l2 })).values,
    async neighbours({ matrix, ...problem }, control) {
      const found = await solve(control, matrix, { kind: "neighbours", ...problem });
      return { offsets: found.offsets ?? empty, items: found.items ?? empty, values: found.values };
    },
    async leastSquares({ matrix, fixed, factors, l2, ...problem }, control) {
      return (await solve(control, matrix, { kind: "als", ...problem }, [fixed, factors, l2])).values;
    },
  };
}
