import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

interface ReproduceArguments {
  readonly from: string;
  readonly quick?: boolean;
  readonly only?: string;
  readonly choose?: boolean;
}

/** penchant reproduce NAME --from DIR [--quick] [--only MODEL] [--choose] */
export function registerReproduce(program: Command, act: Act): void {
  const command = program
    .command("reproduce")
    .description("repeat a published result: ncf-ml-1m, ml-1m-sequence, gowalla, ml-100k-u1")
    .argument("<name>", "which one")
    .requiredOption("--from <dir>", "folder with the data")
    .option("--quick", "the smallest model alone, one seed")
    .option("--choose", "choose epochs anew on a validation part instead of taking the recipes'")
    .option("--only <model>", "this model's rows alone, as in gmf-32");
  act(command, reproduceNamed);
}

async function reproduceNamed(session: Session, name: string, options: ReproduceArguments): Promise<Answer> {
  const { reproduce } = await import("../../reproduce/index.ts");
  const { openEngine } = await import("../engine.ts");
  const { formatReproduction } = await import("../views/reproduction.ts");
  const { chosenSeed, signal, threads = 0 } = session;
  const reproduction = await reproduce(name, {
    ...options,
    ...(chosenSeed !== undefined && { seeds: [chosenSeed] }),
    engine: await openEngine(session),
    threads,
    signal,
    onLine: (line) => session.note(line),
  });
  return { data: reproduction, text: () => formatReproduction(reproduction) };
}
