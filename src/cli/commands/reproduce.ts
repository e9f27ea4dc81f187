import type { Command } from "commander";
import { fail } from "../../core/errors.ts";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

interface ReproduceArguments {
  readonly from: string;
  readonly all?: boolean;
  readonly quick?: boolean;
  readonly only?: string;
  readonly choose?: boolean;
}

/** penchant reproduce NAME|--all --from DIR [--quick] [--only MODEL] [--choose] */
export function registerReproduce(program: Command, act: Act): void {
  const command = program
    .command("reproduce")
    .description(
      "repeat a published result: ncf-ml-1m, ml-1m-sequence, ml-1m-time, ml-1m-ratio, gowalla, ml-100k-ratio, ml-100k-u1, ml-100k-rmse, ml-1m-rmse, lastfm-diversity, cold-items",
    )
    .argument("[name]", "which one")
    .option("--all", "every one of them; --from is then a folder of the data sets' folders")
    .requiredOption("--from <dir>", "folder with the data")
    .option("--quick", "every row in small: a sample of the users, one epoch, one seed")
    .option("--choose", "choose epochs anew on a validation part instead of taking the recipes'")
    .option("--only <model>", "this model's rows alone, as in gmf-32 (of cold-items a data set's, or steam/two-tower)");
  act(command, reproduceNamed);
}

async function reproduceNamed(
  session: Session,
  name: string | undefined,
  { all, ...options }: ReproduceArguments,
): Promise<Answer> {
  if ((name === undefined) !== (all === true) || (all && options.only !== undefined)) wrongUse();
  const { reproduce, reproduceAll } = await import("../../reproduce/index.ts");
  const { openEngine } = await import("../engine.ts");
  const { formatReproduction } = await import("../views/reproduction.ts");
  const { chosenSeed, signal, threads = 0 } = session;
  const given = {
    ...options,
    ...(chosenSeed !== undefined && { seeds: [chosenSeed] }),
    engine: await openEngine(session),
    threads,
    signal,
    onLine: (line: string) => session.note(line),
  };
  if (name === undefined) {
    const everything = await reproduceAll(given);
    return { data: everything, text: () => everything.reproductions.map(formatReproduction).join("\n\n") };
  }
  const reproduction = await reproduce(name, given);
  return { data: reproduction, text: () => formatReproduction(reproduction) };
}

function wrongUse(): never {
  fail("USAGE_ARGUMENTS", {
    what: "Either a name is given, or --all",
    fix: "Write penchant reproduce ml-100k-u1 --from DIR, or penchant reproduce --all --quick --from DIR.",
  });
}
