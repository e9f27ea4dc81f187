/** Options that several commands have, each declared once, so that they mean the same everywhere. */
import { type Command, Option } from "commander";
import { collect, column, eventValues, number } from "./options.ts";
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

/** What `--item-features` and `--user-features` name. */
export const featureSources = ({
  itemFeatures = [],
  userFeatures = [],
}: {
  readonly itemFeatures?: readonly string[] | undefined;
  readonly userFeatures?: readonly string[] | undefined;
}) => [
  ...itemFeatures.map((path) => ({ path, side: "item" as const })),
  ...userFeatures.map((path) => ({ path, side: "user" as const })),
];
