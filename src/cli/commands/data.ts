import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

/** penchant data [NAME] */
export function registerData(program: Command, act: Act): void {
  const command = program.command("data [name]").description("list the data sets, or the quality report of one");
  act(command, (session, name: string | undefined) =>
    name === undefined ? listData(session) : reportData(session, name),
  );
}

async function listData(session: Session): Promise<Answer> {
  const { summarizeDatasets } = await import("../dataset-list.ts");
  const { formatDatasets } = await import("../views/report.ts");
  const datasets = await summarizeDatasets(session);
  return { data: { datasets }, text: () => formatDatasets(datasets) };
}

async function reportData(session: Session, name: string): Promise<Answer> {
  const { readReport } = await import("../datasets.ts");
  const { formatReport } = await import("../views/report.ts");
  const report = await readReport(session, name);
  return { data: { dataset: name, ...report }, text: () => formatReport(name, report) };
}
