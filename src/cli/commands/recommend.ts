import type { Command } from "commander";
import { fail } from "../../core/errors.ts";
import type { RecommendOptions, Who } from "../../retrieve/index.ts";
import type { Act } from "../command.ts";
import { type EventArguments, lengthOption, noClipOption, withEvent } from "../common-options.ts";
import { list, ratings } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface RecommendArguments extends EventArguments {
  readonly user?: string;
  readonly items?: readonly string[];
  readonly ratings?: ReadonlyMap<string, number>;
  readonly k?: number;
  readonly why?: boolean;
  readonly includeSeen?: boolean;
  readonly exclude?: readonly string[];
  readonly candidates?: readonly string[];
  readonly clip: boolean;
  readonly all?: boolean;
  readonly output?: string;
  readonly newItems?: string;
  readonly newItemIds?: string;
  readonly features?: string;
}

/** penchant recommend RUN (--all --output FILE | [--user ID] [--items a,b,c] [--ratings a=5,b=2]) [-k 10] [--why] */
export function registerRecommend(program: Command, act: Act): void {
  const command = withEvent(program.command("recommend [run]"))
    .description("items for a user, or for somebody of whom only some items are known")
    .option("--user <id>", "a user's id; an unknown one gets the popular items, flagged as such")
    .option("--items <ids>", "ids of liked items, separated by commas (a comma inside an id: \\,)", list)
    .option("--ratings <pairs>", "items with ratings, as in film-3=5,film-17=2", ratings)
    .option("--all", "the list of every user of the run, written to --output")
    .option("--output <file>", "with --all: the file, .jsonl, .csv or .parquet")
    .option("--features <json>", "of somebody new, as in '{\"age\": 31}', for runs that read features of users")
    .option(
      "--new-items <file>",
      "items that the run has not met, with their features: they are ranked with the others",
    )
    .option(
      "--new-item-ids <file>",
      "of new items that are vectors (.npy, .safetensors): the ids of their rows, in order",
    )
    .addOption(lengthOption("list"))
    .option("--why", "with each item, the past items that contributed most")
    .option("--include-seen", "also what the user already met")
    .option("--exclude <ids>", "never these items", list)
    .option("--candidates <ids>", "among these items only", list)
    .addOption(noClipOption());
  act(command, recommend);
}

async function recommend(session: Session, name: string | undefined, options: RecommendArguments): Promise<Answer> {
  if (options.all || options.output !== undefined) return recommendAll(session, name, options);
  const who = whoOf(options);
  const { withRecommender, withWarnings } = await import("../recommending.ts");
  const { formatRecommendations } = await import("../views/recommendations.ts");
  const answer = await withRecommender(
    session,
    { run: name, clip: options.clip, newItems: options.newItems, newItemIds: options.newItemIds },
    async (recommender) => withWarnings(recommender, await recommender.recommend(who, requestOf(options))),
  );
  return { data: answer, text: () => formatRecommendations(answer) };
}

async function recommendAll(session: Session, run: string | undefined, options: RecommendArguments): Promise<Answer> {
  const { all, output, user, items, ratings: rated, why, k, exclude, includeSeen, candidates, clip } = options;
  const { context, at } = options;
  if (!all || output === undefined || [user, items, rated, why].some((given) => given !== undefined)) {
    fail("USAGE_ARGUMENTS", {
      what:
        all && output === undefined
          ? "--all needs a file to write to"
          : "--all and --output stand for everybody's lists",
      expected: "--all --output FILE, without --user, --items, --ratings and --why",
      fix: "Write for example --all --output lists.jsonl.",
    });
  }
  const { writeLists } = await import("../lists.ts");
  const { formatLists } = await import("../views/scores.ts");
  const written = await writeLists(session, { run, output, k, exclude, includeSeen, candidates, clip, context, at });
  return { data: written, text: () => formatLists(written) };
}

function whoOf({ user, items, ratings: rated, features: text }: RecommendArguments): Who {
  const features = text === undefined ? undefined : featuresOf(text);
  if ([user, items, rated, features].some((given) => given !== undefined))
    return { user, items, ratings: rated, features };
  return fail("USAGE_ARGUMENTS", {
    what: "Nobody to recommend to",
    expected: "a user, items, or both",
    fix: "Add --user ID, --items a,b,c, --ratings a=5,b=2 or --features JSON; for everybody --all --output FILE.",
  });
}

function featuresOf(text: string): Record<string, never> {
  try {
    return JSON.parse(text) as Record<string, never>;
  } catch {
    return fail("USAGE_ARGUMENTS", {
      what: "--features is not JSON",
      received: text,
      fix: "Write for example --features '{\"age\": 31}'.",
    });
  }
}

function requestOf(options: RecommendArguments): RecommendOptions {
  const { k, why = false, includeSeen, exclude, candidates, context, at } = options;
  return { k, why, exclude, includeSeen, candidates, context, at };
}
