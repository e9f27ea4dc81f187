import { totalmem } from "node:os";
import { fail } from "../core/errors.ts";
import type { Plan } from "../graph/plan.ts";
import { parameterCount } from "./estimate.ts";
import { slotsPerWeight } from "./optimizer.ts";
import { bytes } from "./progress/text.ts";
import type { TrainingSettings } from "./settings.ts";

/** Throws ENGINE_MEMORY, before anything is allocated, where the weights and what the optimizer keeps of each cannot fit. */
export function checkMemory(
  plan: Plan,
  { optimizer }: Pick<TrainingSettings, "optimizer">,
  available = memoryOfMachine(),
): void {
  const parameters = parameterCount(plan);
  // the least there is: the weights as they are drawn, those of the engine, its slots
  const needed = 4 * parameters * (2 + slotsPerWeight[optimizer]);
  if (needed <= available) return;
  fail("ENGINE_MEMORY", {
    what: `The model has ${parameters.toLocaleString("en-US")} parameters, which do not fit into memory`,
    expected: `at most ${bytes(available)}`,
    received: bytes(needed),
    fix: "Choose smaller sizes, such as factors and hidden, or a data set with fewer users and items.",
    details: { parameters, needed, available },
  });
}

/** Bytes of the machine, or of the share of it that the process may use. */
function memoryOfMachine(): number {
  const share = process.constrainedMemory?.() ?? 0;
  return share > 0 ? Math.min(share, totalmem()) : totalmem();
}
