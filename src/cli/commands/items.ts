import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

/** penchant items FILE.jsonl [--patch] */
export function registerItems(program: Command, act: Act): void {
  const command = program
    .command("items <file>")
    .description('what is known of items, for filters and rules, from lines like {"item": "film-3", "genre": "drama"}')
    .option("--patch", "on top of what is known of them, instead of in its place");
  act(command, putItems);
}

async function putItems(session: Session, file: string, { patch }: { readonly patch?: boolean }): Promise<Answer> {
  const { importItems } = await import("../item-import.ts");
  const { grouped } = await import("../format.ts");
  const put = await importItems(session, file, patch ? "patch" : "put");
  return { data: put, text: () => `Noted the fields of ${grouped(put.items)} items: ${put.fields.join(", ")}.` };
}
