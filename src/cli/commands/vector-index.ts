import type { Command } from "commander";
import type { Act } from "../command.ts";
import { integer, number } from "../options.ts";
import type { Answer, Session } from "../session.ts";

/** penchant index build [RUN] [--recall 0.95] [-k 100] | check [RUN] | remove [RUN] */
export function registerIndex(program: Command, act: Act): void {
  const index = program
    .command("index")
    .description("find the best items without looking at all of them, for pipelines that say index");
  const build = index
    .command("build [run]")
    .description("make the index of a run's item vectors, and say how near it comes to an exact search")
    .option("--recall <share>", "what it has to find of the exact k best, on average", number, 0.95)
    .option("-k <n>", "how many of the best count", integer(1, 10_000), 100);
  act(build, buildIndex);
  act(
    index.command("check [run]").description("measure the index of a run again; refused below its bound"),
    checkIndex,
  );
}

async function buildIndex(
  session: Session,
  run: string | undefined,
  options: { readonly recall: number; readonly k: number },
): Promise<Answer> {
  const { makeIndex } = await import("../indexing.ts");
  const { formatIndex } = await import("../views/vector-index.ts");
  const made = await makeIndex(session, run, options);
  return { data: made, text: () => formatIndex(made, "made") };
}

async function checkIndex(session: Session, run: string | undefined): Promise<Answer> {
  const { measureIndex } = await import("../indexing.ts");
  const { formatIndex } = await import("../views/vector-index.ts");
  const measured = await measureIndex(session, run);
  return { data: measured, text: () => formatIndex(measured, "checked") };
}
