import { type Command, Option } from "commander";
import type { ImportOptions } from "../../dataset/index.ts";
import type { Act } from "../command.ts";
import { featureSources, withEventColumns, withFeatureFiles, withFormat, withPairColumns } from "../common-options.ts";
import { kinds, list } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface ImportArguments extends Omit<ImportOptions, "signal" | "onProgress"> {
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly itemFeatures?: readonly string[];
  readonly userFeatures?: readonly string[];
  readonly kind?: Readonly<Record<string, string>>;
  readonly itemFeatureIds?: readonly string[];
  readonly userFeatureIds?: readonly string[];
}

/** penchant import PLACE … [--name N] [--dry-run] [--format …] [--user C --item C --value C --time C] */
export function registerImport(program: Command, act: Act): void {
  const command = program
    .command("import <places...>")
    .description(
      "read interactions (CSV, TSV, ::, JSON lines, Parquet, gzip): files, patterns, a folder of parts, - for a pipe; or a benchmark folder",
    )
    .option("--name <name>", "name of the data set; one of that name is replaced (default: the file's)")
    .option("--query <sql>", "which rows of a database; its place is postgres://USER@HOST/NAME")
    .option("--dry-run", "show how it is understood, and write nothing")
    .option("--time-format <form>", "how times are written, as in d/m/Y or milliseconds (default: told from the file)")
    .option("--encoding <name>", "of text: latin-1, cp1252, utf-16 … (default: utf-8, or as a byte order mark says)")
    .addOption(
      new Option("--duplicates <policy>", "of several rows for a user and an item keep the last, or sum the values")
        .choices(["last", "sum"])
        .default("last"),
    )
    .option("--context <columns>", "columns of what else is known of each event, as in device,query", list)
    .option("--kind <pairs>", "how columns of context are read, as in device=categorical,query=text", kinds)
    .option("--strict", "refuse the file for a single malformed line");
  const reading = withFormat(withFeatureFiles(command), ["auto", "csv", "jsonl", "parquet", "ncf", "lightgcn"]);
  act(withEventColumns(withPairColumns(reading)), importFile);
}

async function importFile(session: Session, places: string[], options: ImportArguments): Promise<Answer> {
  const { importInto } = await import("../importing.ts");
  const { formatImport } = await import("../views/report.ts");
  const { formatFeatures } = await import("../views/features.ts");
  const { itemFeatures, userFeatures, itemFeatureIds, userFeatureIds, kind, ...rest } = options;
  const features = featureSources({ itemFeatures, userFeatures, itemFeatureIds, userFeatureIds });
  const imported = await importInto(session, places, { ...rest, features, contextKinds: kind });
  const text = () => [...(imported.summary.features ?? []).map(formatFeatures), formatImport(imported)].join("\n\n");
  return { data: imported.summary, text };
}
