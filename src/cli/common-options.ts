/** Options that several commands have, each declared once, so that they mean the same everywhere. */
import { type Command, Option } from "commander";
import { fail } from "../core/errors.ts";
import { isVectorFile } from "../files/numbers.ts";
import { collect, column, contextPair, eventValues, number } from "./options.ts";
import { splitChoice } from "./split-choice.ts";
import { delimiter } from "./text-options.ts";

const option = (flags: string, description: string, parse?: (text: string) => unknown): Option => {
  const made = new Option(flags, description);
  return parse ? made.argParser(parse) : made;
};

export const dataOption = (): Option => option("--data <name>", "data set (default: the newest)");

/** Of the lists that are shown or measured. */
export const lengthOption = (what: "list" | "lists"): Option =>
  option("-k <n>", `length of the ${what} (default: 10, or all of fewer items)`, number);

export const setOption = (description: string): Option =>
  new Option("--set <key=value...>", description).argParser(collect);

export const splitOption = (description: string): Option => option("--split <kind>", description, splitChoice);

export const thresholdOption = (): Option =>
  option("--threshold <value>", "count only interactions of at least this value (default: all)", number);

export const noClipOption = (): Option =>
  option("--no-clip", "predicted ratings as they are, also beyond the scale of the data");

/** How a file of rows is written. */
export function withFormat(command: Command, formats: readonly string[]): Command {
  return command
    .addOption(new Option("--format <name>", "how the file is written").choices(formats).default("auto"))
    .addOption(option("--header", "the first line holds names (default: guessed)"))
    .addOption(option("--no-header", "the first line holds data"))
    .addOption(separatorOption());
}

export const separatorOption = (): Option =>
  option(
    "--delimiter <text>",
    "what separates columns: tab, comma, semicolon, pipe, space, or as it is (default: guessed)",
    delimiter,
  );

/** Which columns hold the user and the item. */
export function withPairColumns(command: Command, otherwise = "guessed"): Command {
  const of = `column of the user: a name, or a number from 1 (default: ${otherwise})`;
  return command
    .addOption(option("--user <column>", of, column))
    .addOption(option("--item <column>", "column of the item", column));
}

/** Which columns hold what else is known of an event. */
export function withEventColumns(command: Command): Command {
  return command
    .addOption(option("--value <column>", "column of the value; none: there is none", column))
    .addOption(option("--time <column>", "column of the time; none: there is none", column))
    .addOption(option("--event <column>", "column of the kind of event; none: there is none", column))
    .addOption(
      option("--event-values <pairs>", "value of each kind, as in view=1,purchase=5; others are left out", eventValues),
    );
}

interface FeatureFiles {
  readonly itemFeatures?: readonly string[] | undefined;
  readonly userFeatures?: readonly string[] | undefined;
  readonly itemFeatureIds?: readonly string[] | undefined;
  readonly userFeatureIds?: readonly string[] | undefined;
}

/** What is known of items and users, as options of a command that reads events. */
export function withFeatureFiles(command: Command, whose = ""): Command {
  const read = "CSV, TSV, ::, JSON lines, Parquet, .npy, .safetensors or a folder of pictures; repeatable";
  return command
    .option("--item-features <file>", `what is known of items${whose}: ${read}`, collect)
    .option("--user-features <file>", `what is known of users${whose}; repeatable`, collect)
    .option(
      "--item-feature-ids <file>",
      "the ids of .npy or .safetensors files of items, in their order; repeatable",
      collect,
    )
    .option("--user-feature-ids <file>", "the ids of .npy or .safetensors files of users; repeatable", collect);
}

/** What they name. Throws USAGE_ARGUMENTS. */
export const featureSources = ({ itemFeatures, userFeatures, itemFeatureIds, userFeatureIds }: FeatureFiles) => [
  ...sourcesOf("item", itemFeatures, itemFeatureIds),
  ...sourcesOf("user", userFeatures, userFeatureIds),
];

/** Files of a side, each file of vectors with its ids: those of one file serve all. Throws USAGE_ARGUMENTS where they do not pair. */
export function sourcesOf(side: "item" | "user", files: readonly string[] = [], ids: readonly string[] = []) {
  const vectors = files.filter(isVectorFile);
  if (ids.length > 0 && ids.length !== vectors.length && (ids.length !== 1 || vectors.length === 0)) {
    fail("USAGE_ARGUMENTS", {
      what: `There are ${ids.length} files of ids for ${vectors.length} files of vectors (.npy, .safetensors) of ${side}s`,
      expected: "one for each of them, in their order, or one for all",
      fix: "Other files have a column of ids.",
    });
  }
  return files.map((path) => {
    const own = isVectorFile(path) ? ids[ids.length === 1 ? 0 : vectors.indexOf(path)] : undefined;
    return { path, side, ...(own !== undefined && { ids: own }) };
  });
}

/** What is told of the event that answers are for. */
export const withEvent = (command: Command): Command =>
  command
    .option("--context <pair>", "what is known of the event, as in device=phone; repeatable", contextPair)
    .option("--at <time>", "when the event is, as in 2024-01-15T20:00 (UTC) or unix seconds; default: not known");

/** As the options above give it. */
export interface EventArguments {
  readonly context?: Readonly<Record<string, string>>;
  readonly at?: string;
}
