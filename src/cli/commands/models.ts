import type { Command } from "commander";
import type { Act } from "../command.ts";

/** penchant models */
export function registerModels(program: Command, act: Act): void {
  act(program.command("models").description("list the models, with their options and defaults"), async () => {
    const { models } = await import("../../models/index.ts");
    const { questions } = await import("../../models/questions.ts");
    const list = models.map(({ definition }) => ({
      name: definition.name,
      title: definition.title,
      task: definition.task,
      paper: definition.paper,
      defaults: definition.defaults,
      training: definition.training,
      trainingBySize: definition.sized?.rules ?? {},
    }));
    const { defaults } = await import("../../train/index.ts");
    const { epochs, patience, batchSize, learningRate, negatives, l2 } = defaults;
    const general = { epochs, patience, batchSize, learningRate, negatives, l2 };
    const { table } = await import("../table.ts");
    const options = (defaults: object): string =>
      Object.entries(defaults)
        .map(([key, value]) => `${key}=${Array.isArray(value) ? value.join(",") : value}`)
        .join(" ");
    return {
      data: { models: list, questions },
      text: () =>
        [
          table(
            ["where there is", "try, in this order"],
            questions.map(({ question, models }) => [question, models.join(" ")]),
          ),
          "",
          table(
            ["model", "what it is", "learns from", "options (--set)"],
            list.map(({ name, title, task, defaults }) => [name, title, task, options(defaults)]),
          ),
          "",
          table(
            ["model", "training (--set), where other than for all"],
            list.flatMap(({ name, training, trainingBySize }) => {
              const said = options({ ...training, ...trainingBySize });
              return said ? [[name, said]] : [];
            }),
          ),
          `\nFor all: ${options(general)}.`,
          "Epochs are at most so many: a held-out part chooses them, unless they are given alone (--epochs N: exactly N).",
        ].join("\n"),
    };
  });
}
