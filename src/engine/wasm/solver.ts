import type { Csr, SolveControl, Solver, SparseMatrix } from "../contract.ts";
import { neighbourRequest, solveRequest, type Words } from "../request.ts";
import { watched } from "../watched.ts";
import type { Home } from "./engine.ts";
import { type Answer, toFloats, toInts } from "./message.ts";

/** Solutions in the WebAssembly module: in workers where there are any. */
export function wasmSolver(home: Home): Solver {
  const { core, runner } = home;

  async function run(control: SolveControl, matrix: SparseMatrix, problem: object, given: readonly Words[] = []) {
    const threads = home.threads(control.threads);
    const made = await core.answer(core.call("solver_new", await core.request({ threads })));
    const { handle } = made.value as { readonly handle: number };
    const job = {
      cancel: () => void core.call("solver_cancel", handle),
      progress: () => core.number("solver_progress", handle),
    };
    const call = async (): Promise<Answer> => {
      const { value, arrays } = solveRequest(matrix, problem, given);
      const request = await core.request(value, arrays);
      const finished = await runner?.run("solver_run", handle, request, threads);
      return core.answer(finished?.answer ?? core.call("solver_run", handle, request, 0));
    };
    const { arrays: solution } = await watched(job, control, call);
    core.call("solver_free", handle);
    return solution;
  }

  async function sparse(...given: Parameters<typeof run>): Promise<Csr> {
    const [offsets, items, values] = await run(...given);
    return { offsets: toInts(offsets), items: toInts(items), values: toFloats(values) };
  }

  return {
    ease: async (matrix, l2, control) => toFloats((await run(control, matrix, { kind: "ease", l2 }))[0]),
    neighbours: (problem, control) => sparse(control, problem.matrix, ...neighbourRequest(problem)),
    slim: ({ matrix, ...problem }, control) => sparse(control, matrix, { kind: "slim", ...problem }),
    singularVectors: async ({ matrix, ...problem }, control) =>
      toFloats((await run(control, matrix, { kind: "singularVectors", ...problem }))[0]),
    async leastSquares({ matrix, fixed, factors, l2, ...problem }, control) {
      return toFloats((await run(control, matrix, { kind: "als", ...problem }, [fixed, factors, l2]))[0]);
    },
  };
}
