import type { Command } from "commander";
import type { Act } from "../command.ts";
import { collect, list } from "../options.ts";
import type { Session } from "../session.ts";

export interface McpArguments {
  readonly pipeline?: readonly string[];
  readonly events: boolean;
  readonly scopes: readonly string[];
  readonly url?: string;
}

/** penchant mcp [RUN …] [--scopes read,write] [--url http://127.0.0.1:3000] */
export function registerMcp(program: Command, act: Act): void {
  const command = program
    .command("mcp [runs...]")
    .description("the requests of serve as tools for assistants (Model Context Protocol), over stdin and stdout")
    .option("--scopes <names>", "what they may: read, write, admin; separated by commas", list, ["read"])
    .option("--url <url>", "ask a server that runs, instead of the workspace; its key from $PENCHANT_KEY")
    .option("--pipeline <file>", "a pipeline to answer with, under the name of its file; repeatable", collect)
    .option("--no-events", "keep no events");
  act(command, mcp);
}

async function mcp(session: Session, runs: readonly string[], options: McpArguments): Promise<undefined> {
  const { serveTools } = await import("../mcp.ts");
  await serveTools(session, runs, options);
  return undefined;
}
