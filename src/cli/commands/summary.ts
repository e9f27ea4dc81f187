import type { Command } from "commander";
import type { Catalog, DataSize, Model } from "../../nn/model.ts";
import type { Stage } from "../../nn/stages.ts";
import type { TrainingSettings } from "../../train/index.ts";
import type { Act } from "../command.ts";
import { setOption } from "../common-options.ts";
import type { Session } from "../session.ts";

interface SummaryOptions {
  readonly data?: string;
  readonly set?: readonly string[];
  readonly svg?: string;
  readonly mermaid?: string;
}

/** Stands in for a data set that was not named: MovieLens-1M's size. */
const example: Sized = {
  catalog: { users: 6040, items: 3706, meanValue: 0, itemCounts: new Float32Array(3706) },
  interactions: 1_000_209,
};

interface Sized {
  readonly catalog: Catalog;
  readonly interactions: number;
}

/** penchant summary MODEL [--data N] [--svg FILE] */
export function registerSummary(program: Command, act: Act): void {
  const command = program
    .command("summary <model>")
    .description("layers, shapes and parameters of a model, by name or by the file of one's own")
    .option("--data <name>", "data set whose sizes count (default: 6,040 users, 3,706 items)")
    .addOption(setOption("an option of the model; repeatable"))
    .option("--svg <file>", "draw the architecture as an SVG image")
    .option("--mermaid <file>", "draw the architecture as a Mermaid diagram");
  act(command, summarize);
}

async function summarize(session: Session, nameOrFile: string, options: SummaryOptions) {
  const { modelOf } = await import("../model-file.ts");
  const { scoreGraph } = await import("../../nn/plans.ts");
  const graph = await import("../../graph/index.ts");
  const { parseSettings } = await import("../settings.ts");

  const factory = await modelOf(nameOrFile);
  const { name } = factory.definition;
  const { config } = parseSettings(options.set ?? [], { model: name, modelOptions: factory.definition.options });
  const { catalog, interactions } = options.data === undefined ? example : await sizesOf(session, options.data);
  const model = factory(config);
  const training = await trainingOf(model.definition, { ...catalog, interactions });
  const outputs = scoreGraph(model, catalog);
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
    data: {
      model: name,
      users: catalog.users,
      items: catalog.items,
      ...summary,
      training,
      ...(model.stages && { stages: model.stages }),
      files,
    },
    text: () =>
      [
        graph.formatSummary(summary, { trained: training !== null }),
        ...inWords(training),
        ...(model.stages ?? []).map(stageInWords),
        ...files.map((file) => `Drawn: ${file}`),
      ].join("\n"),
  };
}

async function sizesOf(session: Session, data: string): Promise<Sized> {
  const { openDataset } = await import("../datasets.ts");
  const { trainFeatures } = await import("../../train/index.ts");
  const { interactions, features } = await openDataset(session, data);
  const widths = trainFeatures(features, interactions)?.widths;
  return {
    catalog: { ...interactions.catalog(), ...(widths && { features: widths }) },
    interactions: interactions.size,
  };
}

/** How the model is trained where nothing is said, on data of that size; null where nothing is trained: counted, or solved for. */
async function trainingOf(definition: Model["definition"], size: DataSize): Promise<Partial<TrainingSettings> | null> {
  if (definition.task === "none" || definition.task === "solve") return null;
  const { recommendedFor } = await import("../../nn/model.ts");
  const { resolveSettings } = await import("../../train/index.ts");
  const { negatives, ...settings } = resolveSettings(recommendedFor(definition, size), {});
  const draws = definition.task === "pointwise" || definition.task === "pairwise";
  return draws ? { ...settings, negatives } : settings;
}

const stageInWords = ({ name, learns, training }: Stage): string => {
  const { epochs, ...own } = training ?? {};
  const settings = Object.entries(own).map(([option, value]) => ` ${option}=${value}`);
  const length = epochs === undefined ? "" : `, ${epochs} epochs${settings.join("")}`;
  return `Stage ${name}: ${learns ? `${learns.join(", ")} learn` : "everything learns"}${length}.`;
};

function inWords(training: Partial<TrainingSettings> | null): string[] {
  if (!training) return [];
  const { epochs, patience, batchSize, learningRate, negatives, l2 } = training;
  const chosen = { batchSize, learningRate, negatives, l2 };
  const settings = Object.entries(chosen).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return [
    "",
    `Training by default: ${settings.join(" ")}; at most ${epochs} epochs, fewer after ${patience} validations without improvement.`,
  ];
}
