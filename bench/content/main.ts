/**
 * `npm run bench -- content`: what features cost a training: seconds of an epoch with and without them, one after the other in each round, the
 * medians and the median of the ratios. Everything with the model's defaults.
 */
import { parseArgs } from "node:util";
import { median } from "../statistics.ts";
import { addFeatures, fit, importDataset, loadEngine, models } from "./penchant.ts";

const usage = "usage: npm run bench -- content RATINGS --items FILE [--users FILE] [--model two-tower] [--rounds 5]";
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      items: { type: "string" },
      users: { type: "string" },
      model: { type: "string", default: "two-tower" },
      rounds: { type: "string", default: "5" },
    },
  });
  const [ratings] = positionals;
  const model = models.find(({ definition }) => definition.name === values.model);
  if (ratings === undefined || model === undefined || (values.items ?? values.users) === undefined) {
    print(usage);
    return 2;
  }
  let dataset = await importDataset(ratings);
  for (const side of ["item", "user"] as const) {
    const path = values[`${side}s`];
    if (path !== undefined) ({ dataset } = await addFeatures(dataset, { path, side }));
  }
  const { interactions, features } = dataset;
  const engine = await loadEngine();
  const epoch = async (known: typeof features): Promise<number> => {
    const run = await fit(model(), interactions, {
      ...{ engine, epochs: 1, seed: 1, progress: "none", refit: false },
      ...(known && { features: known }),
    });
    return run.epochs[0]?.seconds ?? Number.NaN;
  };
  await epoch(features); // the first one pays for everything that is loaded once
  const rounds: (readonly [number, number])[] = [];
  for (let round = 0; round < Number(values.rounds); round++)
    rounds.push([await epoch(features), await epoch(undefined)]);
  const [withThem, without] = [rounds.map(([first]) => first), rounds.map(([, second]) => second)];
  print("| model | with features s | without s | ratio (median of rounds) |");
  print("|---|--:|--:|--:|");
  const ratio = median(rounds.map(([first, second]) => first / second));
  print(`| ${values.model} | ${median(withThem).toFixed(2)} | ${median(without).toFixed(2)} | ${ratio.toFixed(2)} |`);
  return 0;
}
