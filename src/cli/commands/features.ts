import type { Command } from "commander";
import type { Act } from "../command.ts";
import { separatorOption, sourcesOf } from "../common-options.ts";
import { collect, column, kinds } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface FeatureArguments {
  readonly items?: readonly string[];
  readonly users?: readonly string[];
  readonly itemIds?: readonly string[];
  readonly userIds?: readonly string[];
  readonly id?: string | number | false;
  readonly gather?: boolean;
  readonly kind?: Readonly<Record<string, string>>;
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly header?: boolean;
  readonly dryRun?: boolean;
}

/** penchant features [DATASET] [--items FILE …] [--users FILE …] [--id C] [--kind name=kind] [--dry-run] */
export function registerFeatures(program: Command, act: Act): void {
  const command = program
    .command("features [dataset]")
    .description("what is known of items and users besides what they did: add files of it, or see what it is worth")
    .option(
      "--items <file>",
      "a row for each item: CSV, TSV, ::, JSON lines, Parquet, .npy, .safetensors or a folder of pictures; repeatable",
      collect,
    )
    .option("--users <file>", "a row for each user; repeatable", collect)
    .option("--item-ids <file>", "the ids of .npy or .safetensors files of items, in their order; repeatable", collect)
    .option("--user-ids <file>", "the ids of .npy or .safetensors files of users; repeatable", collect)
    .option(
      "--id <column>",
      "column of the id: a name, or a number from 1 (default: the one that holds most ids)",
      column,
    )
    .option("--gather", "of several rows an id, the values become lists, as of a file of tags (default: refused)")
    .option("--kind <pairs>", "how features are read, as in zip=categorical,plot=text; none: not at all", kinds)
    .addOption(separatorOption())
    .option("--encoding <name>", "of text (default: utf-8)")
    .option("--header", "the first line holds names (default: guessed)")
    .option("--no-header", "the first line holds data")
    .option("--dry-run", "show how files are understood, and write nothing");
  act(command, features);
}

async function features(session: Session, name: string | undefined, options: FeatureArguments): Promise<Answer> {
  const { featuresInto, featuresOf } = await import("../featuring.ts");
  const { formatAdded, formatWorth } = await import("../views/features.ts");
  const { items, users, itemIds, userIds, id, kind, dryRun = false, ...reading } = options;
  const shared = { ...reading, kinds: kind, id: id === false ? undefined : id };
  const named = [...sourcesOf("item", items, itemIds), ...sourcesOf("user", users, userIds)];
  const sources = named.map((source) => ({ ...shared, ...source }));
  if (sources.length === 0) {
    const worth = await featuresOf(session, name);
    return { data: worth, text: () => formatWorth(worth) };
  }
  const added = await featuresInto(session, name, sources, dryRun);
  return { data: added, text: () => formatAdded(added) };
}
