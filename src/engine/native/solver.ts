import type { Csr, SolveControl, Solver, SparseMatrix } from "../contract.ts";
import { neighbourRequest, solveRequest, type Words } from "../request.ts";
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
  async function sparse(...given: Parameters<typeof solve>): Promise<Csr> {
    const { offsets = empty, items = empty, values } = await solve(...given);
    return { offsets, items, values };
  }
  return {
    ease: async (matrix, l2, control) => (await solve(control, matrix, { kind: "ease", l2 })).values,
    neighbours: (problem, control) => sparse(control, problem.matrix, ...neighbourRequest(problem)),
    slim: ({ matrix, ...problem }, control) => sparse(control, matrix, { kind: "slim", ...problem }),
    singularVectors: async ({ matrix, ...problem }, control) =>
      (await solve(control, matrix, { kind: "singularVectors", ...problem })).values,
    async leastSquares({ matrix, fixed, factors, l2, ...problem }, control) {
      return (await solve(control, matrix, { kind: "als", ...problem }, [fixed, factors, l2])).values;
    },
  };
}
