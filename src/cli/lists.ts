import { statSync } from "node:fs";
import type { AnswerWarning, Method, Recommendations, RecommendOptions } from "../retrieve/index.ts";
import { withRecommender } from "./recommending.ts";
import { type Row, rowFormat, writeLines, writeRows } from "./row-file.ts";
import { openRun } from "./runs.ts";
import type { Session } from "./session.ts";

export interface ListsRequest
  extends Pick<RecommendOptions, "k" | "exclude" | "includeSeen" | "candidates" | "context" | "at"> {
  readonly run: string | undefined;
  readonly output: string;
  readonly clip: boolean;
}

/** What `penchant recommend RUN --all --json` prints. */
export interface WrittenLists {
  readonly run: string;
  readonly file: string;
  readonly bytes: number;
  readonly users: number;
  /** Items of all lists together. */
  readonly rows: number;
  /** How many users were answered in which way. */
  readonly methods: Partial<Record<Method, number>>;
  /** Ids given in the request that the run does not know. */
  readonly ignored?: readonly string[];
  readonly warnings?: readonly AnswerWarning[];
}

const COLUMNS = { user: "text", place: "int32", item: "text", score: "float64", method: "text" } as const;

/** Writes everybody's list to a file, which appears when it is complete. Memory is that of a block of users. */
export async function writeLists(session: Session, request: ListsRequest): Promise<WrittenLists> {
  const { output, clip, run: named, ...options } = request;
  const format = rowFormat(output);
  const run = await openRun(session, named);
  return await withRecommender(session, { run: run.name, clip }, async (recommender) => {
    const tally = new Tally();
    const answers = tally.counted(recommender.recommendAll(options), session.signal);
    if (format === "jsonl") await writeLines(output, documents(answers));
    else await writeRows(output, COLUMNS, rows(answers));
    const { users, rows: written, methods, ignored } = tally;
    return {
      ...{ run: run.name, file: output, bytes: statSync(output).size, users, rows: written, methods },
      ...(ignored && { ignored }),
      ...(recommender.warnings.length > 0 && { warnings: recommender.warnings }),
    };
  });
}

class Tally {
  users = 0;
  rows = 0;
  ignored: readonly string[] | undefined;
  readonly methods: Partial<Record<Method, number>> = {};

  async *counted(answers: AsyncIterable<Recommendations>, signal: AbortSignal): AsyncGenerator<Recommendations> {
    for await (const answer of answers) {
      signal.throwIfAborted();
      this.users++;
      this.rows += answer.items.length;
      this.methods[answer.method] = (this.methods[answer.method] ?? 0) + 1;
      this.ignored = answer.ignored;
      yield answer;
    }
  }
}

async function* documents(answers: AsyncIterable<Recommendations>): AsyncGenerator<string> {
  for await (const answer of answers) yield JSON.stringify(answer);
}

async function* rows(answers: AsyncIterable<Recommendations>): AsyncGenerator<Row<typeof COLUMNS>> {
  for await (const { user, items, method } of answers) {
    for (const [place, { item, score }] of items.entries()) {
      yield { user: user ?? "", place: place + 1, item, score, method };
    }
  }
}
