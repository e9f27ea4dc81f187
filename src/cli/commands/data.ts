import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

/** penchant data [NAME] [--leakage] */
export function registerData(program: Command, act: Act): void {
  const command = program
    .command("data [name]")
    .description("list the data sets, or the quality report of one")
    .option("--leakage", "what each split lets a model know that it should not (of the newest, where none is named)");
  act(command, (session, name: string | undefined, { leakage }: { readonly leakage?: boolean }) => {
    if (leakage) return reportLeakage(session, name);
    return name === undefined ? listData(session) : reportData(session, name);
  });
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

async function reportLeakage(session: Session, named: string | undefined): Promise<Answer> {
  const { openDataset } = await import("../datasets.ts");
  const { leakageOf } = await import("../leakage.ts");
  const { formatLeakage } = await import("../views/leakage.ts");
  const dataset = await openDataset(session, named);
  const leakage = leakageOf(dataset, session.seed);
  return { data: { dataset: dataset.name, leakage }, text: () => formatLeakage(dataset.name, leakage) };
}
