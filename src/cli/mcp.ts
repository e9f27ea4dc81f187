import { fail } from "../core/errors.ts";
import { type Ask, askServer, askService, createMcp, SCOPES, type Scope } from "../serve/index.ts";
import type { McpArguments } from "./commands/mcp.ts";
import { openService } from "./service-opening.ts";
import type { Session } from "./session.ts";
import { packageVersion } from "./version.ts";

/** Characters of a message, at most: lists of ten thousand ids fit. */
const LONGEST = 1 << 22;

/** Answers messages from stdin, a line each, until it ends. Throws WORKSPACE_BUSY, CONFIG_VALUE, and what loading a run throws. */
export async function serveTools(session: Session, names: readonly string[], options: McpArguments): Promise<void> {
  const scopes = options.scopes.map(scopeNamed);
  const { ask, close } = await open(session, names, options);
  try {
    const answer = createMcp({
      ...{ version: packageVersion(), scopes, ask },
      onUnexpected: (error) => session.note(error.stack ?? String(error)),
    });
    session.note("Tools are ready: messages of the Model Context Protocol on stdin, a line each.");
    const underWay = new Set<Promise<void>>();
    for await (const line of linesOf(process.stdin, session.signal)) {
      const work = answer(line).then((text) => void (text !== undefined && process.stdout.write(`${text}\n`)));
      underWay.add(work);
      void work.finally(() => underWay.delete(work));
    }
    await Promise.all(underWay);
  } finally {
    await close();
  }
}

async function open(
  session: Session,
  names: readonly string[],
  { url, pipeline, events }: McpArguments,
): Promise<{ readonly ask: Ask; close(): Promise<void> }> {
  if (url !== undefined) return { ask: askServer(url, process.env["PENCHANT_KEY"]), close: async () => {} };
  const { service, close } = await openService(session, names, { pipeline, events });
  return { ask: askService(service), close };
}

function scopeNamed(name: string): Scope {
  const found = SCOPES.find((one) => one === name);
  return found ?? fail("CONFIG_VALUE", { what: "--scopes", expected: SCOPES.join(", "), received: name });
}

/** Lines of a stream; one that is too long is handed on cut, so that it is answered as what is no JSON. */
async function* linesOf(input: NodeJS.ReadStream, signal: AbortSignal): AsyncGenerator<string> {
  input.setEncoding("utf8");
  signal.addEventListener("abort", () => input.destroy(), { once: true });
  let rest = "";
  let isCut = false;
  try {
    for await (const chunk of input as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (!isCut) yield line;
        isCut = false;
      }
      if (rest.length <= LONGEST) continue;
      if (!isCut) yield rest.slice(0, 1);
      [rest, isCut] = ["", true];
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (rest !== "" && !isCut) yield rest;
}
