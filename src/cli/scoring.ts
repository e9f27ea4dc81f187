import { statSync } from "node:fs";
import { type ReadOptions, readEvents } from "../ingest/index.ts";
import type { AnswerWarning, AskedEvent, Recommender, ScoredPair } from "../retrieve/index.ts";
import { withRecommender } from "./recommending.ts";
import { type Row, rowFormat, writeLines, writeRows } from "./row-file.ts";
import { openRun } from "./runs.ts";
import type { Session } from "./session.ts";

export interface ScoringRequest extends AskedEvent {
  readonly run: string | undefined;
  /** A file with a user and an item per row, as `import` reads it. */
  readonly pairs: string;
  readonly reading: ReadOptions;
  /** Where to write the scores; undefined: into the answer. */
  readonly output?: string | undefined;
  readonly clip: boolean;
}

/** What `penchant score RUN --json` prints. */
export interface ScoredPairs {
  readonly run: string;
  readonly pairs: number;
  /** Malformed lines of the file, left out. */
  readonly rejected: number;
  /** Pairs without a score, by what the run does not know. */
  readonly missing: Record<NonNullable<ScoredPair["missing"]>, number>;
  /** In the order of the file; absent where they were written to one. */
  readonly scores?: readonly ScoredPair[];
  readonly file?: string;
  readonly bytes?: number;
  readonly warnings?: readonly AnswerWarning[];
}

const BLOCK = 1 << 14;
const COLUMNS = { user: "text", item: "text", score: "float64", missing: "text" } as const;

/** Scores the pairs of a file, in their order. Written to a file, they never stand in memory all at once. */
export async function scorePairs(session: Session, request: ScoringRequest): Promise<ScoredPairs> {
  const { output, clip, context, at } = request;
  const format = output === undefined ? undefined : rowFormat(output);
  const run = await openRun(session, request.run);
  const { events, report } = await readEvents(request.pairs, { ...request.reading, signal: session.signal });
  return await withRecommender(session, { run: run.name, clip }, async (recommender) => {
    const missing = { user: 0, item: 0, history: 0 };
    const scored = counted(scoresOf(recommender, { events, event: { context, at } }, session.signal), missing);
    const scores: ScoredPair[] = [];
    if (output === undefined) for await (const pair of scored) scores.push(pair);
    else if (format === "jsonl") await writeLines(output, lines(scored));
    else await writeRows(output, COLUMNS, rows(scored));
    const { warnings } = recommender;
    return {
      ...{ run: run.name, pairs: events.user.length, rejected: report.rejected.count, missing },
      ...(output === undefined ? { scores } : { file: output, bytes: statSync(output).size }),
      ...(warnings.length > 0 && { warnings }),
    };
  });
}

type Events = Awaited<ReturnType<typeof readEvents>>["events"];

async function* scoresOf(
  recommender: Recommender,
  { events, event }: { readonly events: Events; readonly event: AskedEvent },
  signal: AbortSignal,
): AsyncGenerator<ScoredPair> {
  const { length } = events.user;
  for (let start = 0; start < length; start += BLOCK) {
    signal.throwIfAborted();
    const pairs = Array.from({ length: Math.min(BLOCK, length - start) }, (_, i) => ({
      user: events.users.text(events.user.at(start + i)),
      item: events.items.text(events.item.at(start + i)),
    }));
    yield* await recommender.score(pairs, event);
  }
}

async function* counted(
  scored: AsyncIterable<ScoredPair>,
  missing: ScoredPairs["missing"],
): AsyncGenerator<ScoredPair> {
  for await (const pair of scored) {
    if (pair.missing) missing[pair.missing]++;
    yield pair;
  }
}

async function* lines(scored: AsyncIterable<ScoredPair>): AsyncGenerator<string> {
  for await (const pair of scored) yield JSON.stringify(pair);
}

async function* rows(scored: AsyncIterable<ScoredPair>): AsyncGenerator<Row<typeof COLUMNS>> {
  for await (const { user, item, score, missing = "" } of scored) yield { user, item, score, missing };
}
