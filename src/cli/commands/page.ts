import type { Command } from "commander";
import type { Act } from "../command.ts";
import { type EventArguments, withEvent } from "../common-options.ts";
import { collect, integer, list } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface PageArguments extends EventArguments {
  readonly user?: string;
  readonly items?: readonly string[];
  readonly k?: number;
  readonly explain?: readonly string[];
}

/** penchant page FILE.json --user ID [--items a,b] [-k 10] [--explain ITEM …] */
export function registerPage(program: Command, act: Act): void {
  const command = program
    .command("page <pipeline>")
    .description("a page of a pipeline (FILE.json): where each item came from, and what became of others")
    .option("--user <id>", "who asks")
    .option("--items <ids>", "items that the person likes, comma-separated", list)
    .option("-k <n>", "length of the page (default: that of the pipeline, or 10)", integer(1, 1000))
    .option("--explain <item>", "what became of this item, and at which stage; repeatable", collect);
  act(withEvent(command), page);
}

async function page(session: Session, file: string, options: PageArguments): Promise<Answer> {
  const { askPage } = await import("../paging.ts");
  const { formatPage } = await import("../views/pipeline.ts");
  const asked = await askPage(session, file, options);
  return { data: asked, text: () => formatPage(asked) };
}
