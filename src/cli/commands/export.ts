import { dirname, join } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import type { Act } from "../command.ts";
import { number } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface ExportArguments {
  readonly format: "onnx";
  readonly output?: string;
  readonly topK?: number;
}

/** penchant export RUN --format onnx [--output FILE] [--top-k K] */
export function registerExport(program: Command, act: Act): void {
  const command = program
    .command("export [run]")
    .description("a run for other programs: a model that scores, and one that lists the best items")
    .addOption(new Option("--format <name>", "file format").choices(["onnx"]).default("onnx"))
    .option(
      "--output <file>",
      "the scoring model; the other goes beside it as FILE-top-k (default: RUN.onnx; in a folder, so named)",
    )
    .option("--top-k <k>", "length of the lists (default: an input of the model)", number);
  act(command, exportRun);
}

async function exportRun(session: Session, name: string | undefined, options: ExportArguments): Promise<Answer> {
  const { openRun, loadRun } = await import("../runs.ts");
  const { exportOnnx } = await import("../../export/index.ts");
  const { writeWhole } = await import("../output.ts");
  const { makeFolder } = await import("../../files/folder.ts");
  const run = await openRun(session, name);
  const artifact = await loadRun(run);
  const { scores, topK } = exportOnnx(artifact, { k: options.topK });
  const output = await target(options.output, `${run.name}.onnx`);
  const files = [
    { contents: "scores", file: output, bytes: scores.length },
    { contents: "top-k", file: beside(output), bytes: topK.length, k: options.topK ?? null },
  ];
  makeFolder(dirname(output));
  await writeWhole(output, scores);
  await writeWhole(beside(output), topK);
  const { users, items } = artifact;
  return {
    data: { run: run.name, format: options.format, users: users.length, items: items.length, files },
    text: () =>
      [
        `${output}: user, item -> score`,
        `${beside(output)}: user${options.topK === undefined ? ", k" : ""} -> items, scores`,
        "Users and items are indices; the raw ids are in the files' metadata (penchant.userIds, penchant.itemIds).",
      ].join("\n"),
  };
}

/** The file asked for; in a folder asked for, or here, one named after the run. */
async function target(output: string | undefined, name: string): Promise<string> {
  if (output === undefined) return name;
  const { statSync } = await import("node:fs");
  return statSync(output, { throwIfNoEntry: false })?.isDirectory() ? join(output, name) : output;
}

/** `model.onnx` → `model-top-k.onnx`. */
const beside = (file: string): string => `${file.replace(/\.onnx$/, "")}-top-k.onnx`;
