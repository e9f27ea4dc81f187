import type { Command } from "commander";
import { fail } from "../../core/errors.ts";
import type { Act } from "../command.ts";
import { lengthOption } from "../common-options.ts";
import type { Answer, Session } from "../session.ts";

interface SimilarArguments {
  readonly item?: string;
  readonly k?: number;
  readonly all?: boolean;
  readonly output?: string;
  readonly field: string;
}

/** penchant similar RUN --item ID [-k 10] | --all --output FILE.jsonl */
export function registerSimilar(program: Command, act: Act): void {
  const command = program
    .command("similar [run]")
    .description("items like another one, or like each of all")
    .option("--item <id>", "the item's id")
    .addOption(lengthOption("list"))
    .option("--all", "of every item, as lines for penchant items --patch")
    .option("--output <file>", "where the lines go, a .jsonl file")
    .option("--field <name>", "the field that names them there", "related");
  act(command, similar);
}

async function similar(
  session: Session,
  name: string | undefined,
  { item, k, all, output, field }: SimilarArguments,
): Promise<Answer> {
  const { withRecommender } = await import("../recommending.ts");
  if (all === (item !== undefined) || (all === true) !== (output !== undefined)) {
    fail("USAGE_ARGUMENTS", { what: "similar takes either --item ID, or --all with --output FILE" });
  }
  if (item !== undefined) {
    const { formatSimilar } = await import("../views/recommendations.ts");
    const answer = await withRecommender(session, { run: name }, (recommender) => recommender.similar(item, { k }));
    return { data: answer, text: () => formatSimilar(answer) };
  }
  const { writeSimilar } = await import("../similar-lists.ts");
  const written = await writeSimilar(session, { run: name, k, output: output ?? "", field });
  return {
    data: written,
    text: () =>
      `Wrote what is like each of ${written.items} items to ${written.file}.\n\nNext: penchant items ${written.file} --patch`,
  };
}
