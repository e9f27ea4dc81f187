import type { Command } from "commander";
import type { Act } from "../command.ts";
import { lengthOption } from "../common-options.ts";
import type { Answer, Session } from "../session.ts";

/** penchant similar RUN --item ID [-k 10] */
export function registerSimilar(program: Command, act: Act): void {
  const command = program
    .command("similar [run]")
    .description("items like another one")
    .requiredOption("--item <id>", "the item's id")
    .addOption(lengthOption("list"));
  act(command, similar);
}

async function similar(
  session: Session,
  name: string | undefined,
  { item, k }: { readonly item: string; readonly k?: number },
): Promise<Answer> {
  const { withRecommender } = await import("../recommending.ts");
  const { formatSimilar } = await import("../views/recommendations.ts");
  const answer = await withRecommender(session, { run: name }, (recommender) => recommender.similar(item, { k }));
  return { data: answer, text: () => formatSimilar(answer) };
}
