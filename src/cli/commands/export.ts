import { dirname, join } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import type { Exportable } from "../../export/index.ts";
import type { Act } from "../command.ts";
import { number } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface ExportArguments {
  readonly format: "onnx";
  readonly output?: string;
  readonly topK?: number;
  readonly towers?: boolean;
  readonly histories?: boolean;
}

/** penchant export RUN --format onnx [--output FILE] [--top-k K | --towers | --histories] */
export function registerExport(program: Command, act: Act): void {
  const command = program
    .command("export [run]")
    .description(
      "a run for other programs: a model that scores and one that lists the best items, a tower each of users and items, or a model that is told what people did",
    )
    .addOption(new Option("--format <name>", "file format").choices(["onnx"]).default("onnx"))
    .option(
      "--output <file>",
      "the scoring model; the others go beside it as FILE-top-k, FILE-user, FILE-item (default: RUN.onnx; in a folder, so named)",
    )
    .addOption(
      new Option("--top-k <k>", "length of the lists (default: an input of the model)")
        .argParser(number)
        .conflicts(["towers", "histories"]),
    )
    .addOption(
      new Option("--towers", "vectors of users and of items instead, where the score is their inner product").conflicts(
        "histories",
      ),
    )
    .option("--histories", "a model that is told what people did instead, where the score looks at it");
  act(command, exportRun);
}

/** One file of a run. */
interface Exported {
  readonly contents: "scores" | "top-k" | "user" | "item";
  readonly bytes: Uint8Array;
  /** Inputs and outputs. */
  readonly form: string;
  /** Length of lists, null where it is an input. */
  readonly k?: number | null;
}

async function exportRun(session: Session, name: string | undefined, options: ExportArguments): Promise<Answer> {
  const { openRun, loadRun } = await import("../runs.ts");
  const { writeWhole } = await import("../output.ts");
  const { makeFolder } = await import("../../files/folder.ts");
  const run = await openRun(session, name);
  const artifact = await loadRun(run);
  const made = await contentsOf(artifact, options);
  const output = await target(options.output, `${run.name}.onnx`);
  const placed = made.map(({ bytes, ...rest }) => ({ ...rest, file: fileOf(output, rest.contents), content: bytes }));
  makeFolder(dirname(output));
  for (const { file, content } of placed) await writeWhole(file, content);
  const files = placed.map(({ contents, file, content, k }) => {
    return { contents, file, bytes: content.length, ...(k !== undefined && { k }) };
  });
  const { users, items } = artifact;
  return {
    data: { run: run.name, format: options.format, users: users.length, items: items.length, files },
    text: () =>
      [
        ...placed.map(({ file, form }) => `${file}: ${form}`),
        "Users and items are indices; the raw ids are in the files' metadata (penchant.userIds, penchant.itemIds).",
      ].join("\n"),
  };
}

function contentsOf(artifact: Exportable, { towers, histories, topK }: ExportArguments): Promise<readonly Exported[]> {
  if (histories) return historiesOf(artifact);
  return towers ? towersOf(artifact) : listsOf(artifact, topK);
}

async function historiesOf(artifact: Exportable): Promise<readonly Exported[]> {
  const { exportHistories } = await import("../../export/index.ts");
  return [{ contents: "scores", bytes: exportHistories(artifact), form: "what people did -> scores" }];
}

async function listsOf(artifact: Exportable, k: number | undefined): Promise<readonly Exported[]> {
  const { exportOnnx } = await import("../../export/index.ts");
  const { scores, topK } = exportOnnx(artifact, { k });
  const lists = `user, exclude${k === undefined ? ", k" : ""} -> items, scores`;
  return [
    { contents: "scores", bytes: scores, form: "user, item -> score" },
    { contents: "top-k", bytes: topK, form: lists, k: k ?? null },
  ];
}

async function towersOf(artifact: Exportable): Promise<readonly Exported[]> {
  const { exportTowers } = await import("../../export/index.ts");
  const { user, item } = exportTowers(artifact);
  return [
    { contents: "user", bytes: user, form: "what is known of users -> vector" },
    {
      contents: "item",
      bytes: item,
      form: "what is known of items -> vector; the inner product of the two is the score",
    },
  ];
}

/** The file asked for; in a folder asked for, or here, one named after the run. */
async function target(output: string | undefined, name: string): Promise<string> {
  if (output === undefined) return name;
  const { statSync } = await import("node:fs");
  return statSync(output, { throwIfNoEntry: false })?.isDirectory() ? join(output, name) : output;
}

/** `model.onnx` → `model-top-k.onnx`; the file that scores has the name itself. */
const fileOf = (file: string, contents: Exported["contents"]): string =>
  contents === "scores" ? file : `${file.replace(/\.onnx$/, "")}-${contents}.onnx`;
