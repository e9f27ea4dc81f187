import { statSync } from "node:fs";
import { fail } from "../core/errors.ts";
import type { Recommender } from "../retrieve/index.ts";
import { withRecommender } from "./recommending.ts";
import { rowFormat, writeLines } from "./row-file.ts";
import { loadAny, openRun } from "./runs.ts";
import type { Session } from "./session.ts";

/** What `penchant similar --all --json` prints. */
export interface WrittenSimilar {
  readonly run: string;
  readonly file: string;
  readonly bytes: number;
  readonly items: number;
  readonly field: string;
}

/** Entries of a field, at most. */
const MOST = 256;

/** Writes a line for each item that has any like it: `{"item": …, FIELD: [ids]}`. Throws USAGE_ARGUMENTS, CONFIG_VALUE. */
export async function writeSimilar(
  session: Session,
  {
    run: named,
    k = 10,
    output,
    field,
  }: {
    readonly run: string | undefined;
    readonly k: number | undefined;
    readonly output: string;
    readonly field: string;
  },
): Promise<WrittenSimilar> {
  if (rowFormat(output) !== "jsonl") fail("USAGE_ARGUMENTS", { what: "--output is no .jsonl file", received: output });
  if (k > MOST) fail("CONFIG_VALUE", { what: "-k", expected: `${MOST} at most`, received: String(k) });
  const run = await openRun(session, named);
  const { items } = await loadAny(run);
  let written = 0;
  async function* lines(recommender: Recommender): AsyncGenerator<string> {
    for (const item of items) {
      session.signal.throwIfAborted();
      const found = await recommender.similar(item, { k: Math.min(k, items.length) });
      if (found.items.length === 0) continue;
      written++;
      yield JSON.stringify({ item, [field]: found.items.map((one) => one.item) });
    }
  }
  await withRecommender(session, { run: run.name }, (recommender) => writeLines(output, lines(recommender)));
  return { run: run.name, file: output, bytes: statSync(output).size, items: written, field };
}
