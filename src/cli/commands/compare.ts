import type { Command } from "commander";
import type { Act } from "../command.ts";
import { number } from "../options.ts";
import type { Answer, Session } from "../session.ts";

/** penchant compare [RUN …] */
export function registerCompare(program: Command, act: Act): void {
  const command = program
    .command("compare [runs...]")
    .description("runs beside each other and the baselines: quality, time, memory (default: all runs)")
    .option("-k <n>", "length of the lists (default: 10, or all of fewer items)", number);
  act(command, compare);
}

async function compare(session: Session, names: readonly string[], { k }: { readonly k?: number }): Promise<Answer> {
  const { compareRuns } = await import("../comparison.ts");
  const { formatComparison } = await import("../views/comparison.ts");
  const comparison = await compareRuns(session, names, k);
  return { data: comparison, text: () => formatComparison(comparison) };
}
