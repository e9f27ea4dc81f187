import type { Command } from "commander";
import { fail } from "../../core/errors.ts";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

interface ItemsOptions {
  readonly data?: string;
  readonly patch?: boolean;
}

/** penchant items FILE.jsonl | --data NAME [--patch] */
export function registerItems(program: Command, act: Act): void {
  const command = program
    .command("items [file]")
    .description('what is known of items, for filters and rules, from lines like {"item": "film-3", "genre": "drama"}')
    .option("--data <name>", "from the features of this data set instead of a file")
    .option("--patch", "on top of what is known of them, instead of in its place");
  act(command, putItems);
}

async function putItems(session: Session, file: string | undefined, { data, patch }: ItemsOptions): Promise<Answer> {
  if ((file === undefined) === (data === undefined)) {
    fail("USAGE_ARGUMENTS", {
      what: "Items are described by a file or by the features of a data set",
      expected: "one of the two",
      received: file === undefined ? "neither" : "both",
      fix: "penchant items FILE.jsonl, or penchant items --data NAME.",
    });
  }
  const { importItems, itemsOfFile } = await import("../item-import.ts");
  const { grouped } = await import("../format.ts");
  const ofDataset = async (name: string) => (await import("../item-features.ts")).itemsOfDataset(session, name);
  const described = file === undefined ? await ofDataset(data as string) : itemsOfFile(file);
  const put = await importItems(session, described.items, patch ? "patch" : "put");
  const { leftOut = [] } = described;
  return {
    data: { ...put, ...(leftOut.length > 0 && { leftOut }) },
    text: () =>
      [
        `Noted the fields of ${grouped(put.items)} items: ${put.fields.join(", ")}.`,
        ...leftOut.map((name) => `Left out: ${name}.`),
      ].join("\n"),
  };
}
