import type { Command } from "commander";
import type { Act } from "../command.ts";
import { collect, integer, number } from "../options.ts";
import type { Answer, Session } from "../session.ts";

export interface ServeArguments {
  readonly host: string;
  readonly port: number;
  readonly keys?: string;
  readonly open?: boolean;
  readonly pipeline?: readonly string[];
  readonly collection?: readonly string[];
  readonly events: boolean;
  readonly rate: number;
  readonly concurrency: number;
  readonly timeout: number;
  readonly bodyLimit: number;
  readonly origin?: readonly string[];
  readonly trustProxy?: boolean;
}

/** penchant serve [RUN …] [--port 3000] [--host 127.0.0.1] [--keys FILE] */
export function registerServe(program: Command, act: Act): void {
  const command = program
    .command("serve [runs...]")
    .description("answer over HTTP: lists, similar items, events; until it is interrupted")
    .option("--host <address>", "where to listen; beyond this machine only with keys", "127.0.0.1")
    .option("--port <n>", "0: any that is free", integer(0, 65_535), 3000)
    .option(
      "--keys <file>",
      "who may ask: made by penchant keys add (default: keys.json of the workspace, if there is one)",
    )
    .option("--pipeline <file>", "a pipeline to answer with, under the name of its file; repeatable", collect)
    .option("--collection <name=dir>", "a workspace to answer from, below /collections/NAME; repeatable", collect)
    .option("--open", "listen beyond this machine without keys")
    .option("--no-events", "keep no events")
    .option(
      "--rate <n>",
      "requests a second of one address, or of a key that says nothing else; 0: no limit",
      number,
      0,
    )
    .option("--concurrency <n>", "answers under way at once; more are refused with 503", integer(1, 100_000), 256)
    .option("--timeout <seconds>", "how long an answer may take", number, 10)
    .option("--body-limit <bytes>", "largest body", integer(1024, 1 << 30), 1 << 20)
    .option("--origin <url>", "a web page's origin that may ask, as in https://shop.example; repeatable", collect)
    .option("--trust-proxy", "take x-forwarded-for for the caller's address");
  act(command, serve);
}

async function serve(session: Session, runs: readonly string[], options: ServeArguments): Promise<Answer> {
  const { serveRuns } = await import("../serving.ts");
  const served = await serveRuns(session, runs, options);
  return { data: served, text: () => `Stopped after ${served.requests} requests.` };
}
