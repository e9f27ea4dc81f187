/**
 * `npm run bench -- fold-in`: how good answers for newcomers are, and their reasons. No peers and no times.
 *
 * Every sixth user is left out of training. Models of ratings: of each of them 1 to 50 ratings are known, and the rest is
 * predicted. The others: five items of each are held out, and ranked among all that the person has not met. Everything with the
 * models' defaults.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Engine, loadEngine } from "../penchant.ts";
import { recordRow } from "../row-file.ts";
import { rankings, withoutHeldOut } from "./lists.ts";
import { type Artifact, createRecommender, foldInOf, learningOf } from "./penchant.ts";
import { type NamedSet, type People, readPeople, sets } from "./people.ts";
import { itemMeans, ratingErrors, ridge } from "./ratings.ts";
import { reasonsOf } from "./reasons.ts";
import type { FoldInRow } from "./record.ts";
import { foldInTable } from "./table.ts";
import { scoresFor, train } from "./train.ts";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const BASELINE = "item means";
const RATING = ["biased-mf", "ncf-regression", "residual-hybrid", "weighted-hybrid"];
const IMPLICIT = ["bpr-mf", "gmf", "mlp", "neumf", "item-knn", "ease", "ials"];

const usage = `usage: npm run bench -- fold-in [--sets NAME,…] [--models NAME,…] [--data FOLDER] [--no-record]
Sets: ${sets.map(({ name }) => name).join(", ")}. Models: ${[BASELINE, ...RATING, ...IMPLICIT].join(", ")}`;

interface Asked {
  readonly set: NamedSet;
  readonly people: People;
  readonly engine: Engine;
}

async function errorsOf({ people, engine }: Asked, artifact: Artifact): Promise<Partial<FoldInRow>> {
  const folding = foldInOf({ engine, artifact, learning: learningOf(artifact.metadata) });
  if (!folding) throw new Error(`${artifact.metadata.model.name} has no user rows`);
  using recommender = createRecommender(artifact, engine);
  return {
    rmse: await ratingErrors(people, (known) => scoresFor(recommender, known, people.items)),
    ridge: await ratingErrors(people, await ridge(artifact, engine, folding)),
  };
}

/** Of newcomers, and of the same people in a run that has learned what is not held out of them. */
async function listsOf({ people, engine }: Asked, name: string, artifact: Artifact): Promise<Partial<FoldInRow>> {
  const { items } = people;
  using recommender = createRecommender(artifact, engine);
  using trained = createRecommender(await train(name, withoutHeldOut(people), items, engine), engine);
  const [last] = await rankings(people, (_, user) => scoresFor(trained, `u${user}`, items), [items]);
  return {
    ndcg: await rankings(people, (known) => scoresFor(recommender, known, items)),
    ...(last !== undefined && { trained: last }),
  };
}

async function rowOf(asked: Asked, name: string): Promise<FoldInRow> {
  const { set, people, engine } = asked;
  const row = { set: set.name, model: name };
  if (name === BASELINE) return { ...row, rmse: await ratingErrors(people, itemMeans(people.kept, people.items)) };
  const artifact = await train(name, people.kept, people.items, engine);
  const quality = RATING.includes(name) ? await errorsOf(asked, artifact) : await listsOf(asked, name, artifact);
  using recommender = createRecommender(artifact, engine, { clip: false });
  return { ...row, ...quality, reasons: await reasonsOf(people, set, recommender) };
}

export async function main(args: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sets: { type: "string", default: sets.map(({ name }) => name).join(",") },
      models: { type: "string", default: [BASELINE, ...RATING, ...IMPLICIT].join(",") },
      data: { type: "string", default: process.env["PENCHANT_DATA"] ?? join(root, "..", "shared", "data") },
      "no-record": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    say(usage);
    return 0;
  }
  const engine = await loadEngine("native");
  for (const set of sets.filter(({ name }) => values.sets.split(",").includes(name))) {
    const people = await readPeople(values.data, set);
    if (!people) {
      say(`${set.name}: not in ${values.data}`);
      continue;
    }
    const isAsked = (name: string) => set.rated || IMPLICIT.includes(name);
    for (const name of values.models.split(",").filter(isAsked)) {
      const row = await rowOf({ set, people, engine }, name);
      process.stdout.write(`${JSON.stringify(row)}\n`);
      if (!values["no-record"]) recordRow(root, foldInTable, row);
    }
  }
  return 0;
}
