import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

/** penchant runs */
export function registerRuns(program: Command, act: Act): void {
  act(program.command("runs").description("list the saved runs, the newest first"), listRuns);
}

async function listRuns(session: Session): Promise<Answer> {
  const { summarizeRuns } = await import("../run-list.ts");
  const { formatRuns } = await import("../views/runs.ts");
  const runs = await summarizeRuns(session);
  return { data: { runs }, text: () => formatRuns(runs) };
}
