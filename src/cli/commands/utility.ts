import type { Command } from "commander";
import type { Act } from "../command.ts";
import { integer } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface SolveArguments {
  readonly users: number;
  readonly output?: string;
}

/** penchant utility solve FILE.json [--users 2000] [--output FILE.json] */
export function registerUtility(program: Command, act: Act): void {
  const utility = program.command("utility").description("what pages are worth, and rules that they keep together");
  const solve = utility
    .command("solve <pipeline>")
    .description("find the prices of the rules of a pipeline's step utility, with the people of its model")
    .option(
      "--users <n>",
      "people whose pages are made, half of them to try the prices on",
      integer(2, 1_000_000),
      2000,
    )
    .option("--output <file>", "write the pipeline with its prices; may be the same file");
  act(solve, solveRules);
}

async function solveRules(session: Session, file: string, options: SolveArguments): Promise<Answer> {
  const { solveUtility } = await import("../utility.ts");
  const { formatUtility } = await import("../views/utility.ts");
  const solved = await solveUtility(session, file, options);
  return { data: solved, text: () => formatUtility(solved) };
}
