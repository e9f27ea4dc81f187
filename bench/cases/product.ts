/** What people wait for beside training: reading a file, measuring a run, answering. Nobody else's work is the same, so these
 * are compared with earlier revisions only (`--check --base`). */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Benchmark, Context } from "../context.ts";
import { bprMf, evaluate, fit, leaveLastOut, readInteractions, recommenderOf } from "../penchant.ts";
import { repeated } from "../repeated.ts";
import { runContest } from "../run-contest.ts";

/** The training interactions as a file that has lost nothing but its order. */
function ratingsFile({ data, folder }: Context): string {
  const { offsets, items, values } = data.train;
  const lines = ["user,item,rating"];
  for (let user = 0; user < data.users; user++) {
    for (let at = offsets[user] ?? 0; at < (offsets[user + 1] ?? 0); at++)
      lines.push(`u${user},film-${items[at]},${values[at]}`);
  }
  const path = join(folder.path, "ratings.csv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

async function splitOf(context: Context) {
  const interactions = await readInteractions(ratingsFile(context));
  return leaveLastOut(interactions, { seed: 1 });
}

/** Hardly trained: how long an answer takes does not depend on what was learned. */
const trained = async ({ engine, threads }: Context, { train }: Awaited<ReturnType<typeof splitOf>>) =>
  fit(bprMf({ factors: 32 }), train, { epochs: 1, progress: "none", engine, threads });

const pieces: Readonly<
  Record<string, { title: string; unit: string; prepare(context: Context): Promise<() => Promise<number>> }>
> = {
  import: {
    title: "A text file of ratings, read",
    unit: "rows/s",
    async prepare(context) {
      const path = ratingsFile(context);
      return async () => (await readInteractions(path)).size;
    },
  },
  evaluate: {
    title: "A run measured: full and sampled ranking, beside the baselines, with intervals",
    unit: "users/s",
    async prepare(context) {
      const split = await splitOf(context);
      const run = await trained(context, split);
      return async () => (await evaluate(run, split)).protocols[0]?.users ?? 0;
    },
  },
  answers: {
    title: "Ten items for one user after the other, known ones and newcomers in turn",
    unit: "answers/s",
    async prepare(context) {
      const split = await splitOf(context);
      const recommender = await recommenderOf(await trained(context, split), split.train);
      const { users, items } = split.train;
      let asked = 0;
      return async () => {
        const at = asked++;
        await recommender.recommend(users.id((at * 31) % users.size));
        await recommender.recommend({
          items: Array.from({ length: 10 }, (_, i) => items.id((at * 17 + i * 101) % items.size)),
        });
        return 2;
      };
    },
  },
};

export const productBenchmarks: readonly Benchmark[] = Object.entries(pieces).map(
  ([name, { title, unit, prepare }]) => ({
    name,
    title,
    cases: [
      {
        id: name,
        run: async (context) =>
          runContest({ id: name, title, unit, ours: repeated("Penchant", await prepare(context)), peers: [] }, context),
      },
    ],
  }),
);
