import type { Csr, SolveControl, Solver, SparseMatrix } from "../contract.ts";
import { watched } from "../watched.ts";
import type { Home } from "./engine.ts";
import { type Answer, toFloats, toInts, type Words } from "./message.ts";
import { arraysOf, factsOf } from "./spec.ts";

/** Solutions in the WebAssembly module: in workers where there are any. */
export function wasmSolver(home: Home): Solver {
  const { core, runner } = home;

  async function run(control: SolveControl, matrix: SparseMatrix, value: object, arrays: readonly Words[] = []) {
    const threads = home.threads(control.threads);
    const { handle } = core.ask("solver_new", core.request({ threads })).value as { readonly handle: number };
    const job = {
      cancel: () => void core.call("solver_cancel", handle),
      progress: () => core.number("solver_progress", handle),
    };
    const call = async (): Promise<Answer> => {
      const request = core.request({ ...value, matrix: factsOf(matrix) }, [...arraysOf(matrix), ...arrays]);
      const finished = await runner?.run("solver_run", handle, request, threads);
      return core.answer(finished?.answer ?? core.call("solver_run", handle, request, 0));
    };
    const { arrays: solution } = await watched(job, control, call);
    core.call("solver_free", handle);
    return solution;
  }

  return {
    ease: async (matrix, l2, control) => toFloats((await run(control, matrix, { kind: "ease", l2 }))[0]),
    async neighbours({ matrix, ...problem }, control): Promise<Csr> {
      const [offsets, items, values] = await run(control, matrix, { kind: "neighbours", ...problem });
      return { offsets: toInts(offsets), items: toInts(items), values: toFloats(values) };
    },
    async leastSquares({ matrix, fixed, factors, l2, ...problem }, control) {
      return toFloats((await run(control, matrix, { kind: "als", ...problem }, [fixed, factors, l2]))[0]);
    },
  };
}
