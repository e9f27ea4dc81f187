import type { Command } from "commander";
import type { Catalog } from "../../nn/model.ts";
import type { Act } from "../command.ts";
import { collect } from "../options.ts";
import type { Session } from "../session.ts";

interface SummaryOptions {
  readonly data?: string;
  readonly set?: readonly string[];
  readonly svg?: string;
  readonly mermaid?: string;
}

/** Stands in for a data set that was not named: MovieLens-1M's size. */
const exampleCatalog: Catalog = { users: 6040, items: 3706, meanValue: 0, itemCounts: new Float32Array(3706) };

/** penchant summary MODEL [--data N] [--svg FILE] */
export function registerSummary(program: Command, act: Act): void {
  const command = program
    .command("summary <model>")
    .description("layers, shapes and parameters of a model")
    .option("--data <name>", "data set whose sizes count (default: 6,040 users, 3,706 items)")
    .option("--set <key=value...>", "an option of the model; repeatable", collect)
    .option("--svg <file>", "draw the architecture as an SVG image")
    .option("--mermaid <file>", "draw the architecture as a Mermaid diagram");
  act(command, summarize);
}

async function summarize(session: Session, name: string, options: SummaryOptions) {
  const { modelNamed } = await import("../../models/index.ts");
  const { scoreGraph } = await import("../../nn/plans.ts");
  const graph = await import("../../graph/index.ts");
  const { parseSettings } = await import("../settings.ts");

  const factory = modelNamed(name);
  const { config } = parseSettings(options.set ?? [], { model: name, modelOptions: factory.definition.options });
  const catalog = options.data === undefined ? exampleCatalog : await catalogOf(session, options.data);
  const outputs = scoreGraph(factory(config), catalog);
  const summary = graph.summary(outputs);
  const drawings = [
    { file: options.svg, draw: () => graph.diagram(outputs, { title: factory.definition.title }) },
    { file: options.mermaid, draw: () => graph.mermaid(outputs) },
  ];
  const { writeWhole } = await import("../output.ts");
  const files: string[] = [];
  for (const { file, draw } of drawings) {
    if (file === undefined) continue;
    await writeWhole(file, draw());
    files.push(file);
  }
  return {
    data: { model: name, users: catalog.users, items: catalog.items, ...summary, files },
    text: () => [graph.formatSummary(summary), ...files.map((file) => `Drawn: ${file}`)].join("\n"),
  };
}

async function catalogOf(session: Session, data: string): Promise<Catalog> {
  const { openDataset } = await import("../datasets.ts");
  return (await openDataset(session, data)).interactions.catalog();
}
