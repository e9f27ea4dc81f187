import type { Command } from "commander";
import type { Act } from "../command.ts";
import { number } from "../options.ts";
import type { Answer, Session } from "../session.ts";

/** penchant similar RUN --item ID [-k 10] */
export function registerSimilar(program: Command, act: Act): void {
  const command = program
    .command("similar [run]")
    .description("items like another one")
    .requiredOption("--item <id>", "the item's id")
    .option("-k <n>", "length of the list", number, 10);
  act(command, similar);
}

async function similar(
  session: Session,
  name: string | undefined,
  { item, k }: { readonly item: string; readonly k: number },
): Promise<Answer> {
  const { openRun, loadRun } = await import("../runs.ts");
  const { openEngine } = await import("../engine.ts");
  const { createRecommender } = await import("../../retrieve/index.ts");
  const run = await openRun(session, name);
  using recommender = createRecommender(await loadRun(run), await openEngine(session), { threads: session.threads });
  const answer = await recommender.similar(item, { k });
  const { formatSimilar } = await import("../views/recommendations.ts");
  return { data: answer, text: () => formatSimilar(answer) };
}
