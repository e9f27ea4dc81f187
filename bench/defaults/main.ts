/**
 * `npm run bench -- defaults`: what every model's defaults reach, beside the best of a few settings around them. Everything is
 * chosen on the validation parts; the tests are looked at once, at the end of each row.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { modelNamed } from "../penchant.ts";
import { recordRow } from "../row-file.ts";
import { candidatesOf } from "./candidates.ts";
import { metricOf, type Trained, train } from "./measure.ts";
import type { DefaultsRow } from "./record.ts";
import { type NamedSet, readSet, sets } from "./sets.ts";
import { defaultsTable } from "./table.ts";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const usage = `usage: npm run bench -- defaults [--sets NAME,…] [--models NAME,…] [--data FOLDER] [--only-defaults]
Sets: ${sets.map(({ name }) => name).join("; ")}`;

interface Asked {
  readonly root: string;
  readonly models: readonly string[];
  readonly onlyDefaults: boolean;
}

/** One model on one data set: the defaults, the candidates, and of both the test at last. */
async function rowOf(set: NamedSet, name: string, { root, onlyDefaults }: Asked): Promise<DefaultsRow | undefined> {
  const split = await readSet(root, set);
  if (!split) {
    say(`${set.name}: not in ${root}`);
    return undefined;
  }
  const factory = modelNamed(name);
  const defaults = await train(factory, split, {});
  say(
    `${set.name}, ${name}: defaults ${defaults.validation.toFixed(4)}, epoch ${defaults.epoch}, ${defaults.seconds.toFixed(0)} s`,
  );
  const isBetter = (one: Trained, other: Trained): boolean =>
    metricOf(factory) === "rmse" ? one.validation < other.validation : one.validation > other.validation;
  let best = defaults;
  const tried: Trained[] = [defaults];
  for (const settings of onlyDefaults ? [] : candidatesOf(name)) {
    const other = await train(factory, split, settings);
    say(`  ${JSON.stringify(settings)}: ${other.validation.toFixed(4)}, epoch ${other.epoch}`);
    tried.push(other);
    if (isBetter(other, best)) best = other;
  }
  const { users, items, size } = {
    users: split.train.users.size,
    items: split.train.items.size,
    size: split.train.size,
  };
  const plain = ({ settings, validation, epoch, seconds }: Trained) => ({ settings, validation, epoch, seconds });
  return {
    ...{ set: set.name, users, items, trained: size, model: name, metric: metricOf(factory) },
    tried: tried.map(plain),
    best: best.settings,
    test: { defaults: await defaults.test(), best: best === defaults ? null : await best.test() },
  };
}

/** Measures, records and rewrites the table of the document. Returns the exit status. */
export async function main(args: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sets: { type: "string" },
      models: { type: "string", default: "popularity,bpr-mf,gmf,mlp,neumf,biased-mf" },
      data: { type: "string", default: process.env["PENCHANT_DATA"] ?? join(root, "..", "shared", "data") },
      "only-defaults": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    say(usage);
    return 0;
  }
  const wanted = values.sets?.split(";").map((name) => name.trim());
  const chosen = sets.filter(({ name }) => wanted?.includes(name) ?? true);
  const asked = { root: values.data, models: values.models.split(","), onlyDefaults: values["only-defaults"] };
  for (const set of chosen) {
    for (const name of asked.models) {
      const row = await rowOf(set, name, asked);
      if (row) recordRow(root, defaultsTable, row);
    }
  }
  return 0;
}
