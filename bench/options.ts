import { parseArgs } from "node:util";

export interface Options {
  readonly names: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly threads: number;
  readonly check: boolean;
  /** With `check`: the revision to stand beside, in place of what is recorded. */
  readonly base: string | undefined;
  readonly list: boolean;
  readonly record: boolean;
}

export class UsageError extends Error {}

export const usage = `usage: npm run bench -- NAME … [--rounds 5] [--seconds 3] [--threads 2] [--no-record]
       npm run bench -- --check [NAME …]     compares with the recorded results; exit status 1 if something got slower
       npm run bench -- --check --base REV [NAME …]   builds REV and compares with it side by side; needs no peers
       npm run bench -- --list`;

/** What a revision is compared in: training, scoring, and what people wait for besides. */
const comparable: readonly string[] = [
  ...["neumf-8", "neumf-64", "bpr-mf-64", "biased-mf-100", "topk-dot-64", "score-neumf-8"],
  ...["import", "evaluate", "answers"],
];

/** Throws UsageError. Without names, --check takes everything that is recorded. */
export function parseOptions(args: readonly string[], known: readonly string[], recorded: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const check = values.check ?? false;
  const list = values.list ?? false;
  const { base } = values;
  if (base !== undefined && !check) throw new UsageError("--base goes with --check");
  const usual = base === undefined ? recorded : comparable.filter((name) => known.includes(name));
  const asked = positionals.length === 0 && check ? usual : positionals;
  for (const name of asked) {
    if (name !== "all" && !known.includes(name)) throw new UsageError(`there is no benchmark "${name}"`);
  }
  if (asked.length === 0 && !list) throw new UsageError(check ? "nothing is recorded yet" : "which benchmark?");
  return {
    names: asked.includes("all") ? known : known.filter((name) => asked.includes(name)),
    rounds: roundsOf(values.rounds, base !== undefined),
    seconds: positive("seconds", values.seconds, 3, false),
    threads: positive("threads", values.threads, 2, true),
    check,
    base,
    list,
    record: !check && values["no-record"] !== true,
  };
}

/** Fewer than five rounds cannot tell two revisions apart, whatever they show. */
function roundsOf(text: string | undefined, twoRevisions: boolean): number {
  const rounds = positive("rounds", text, 5, true);
  if (twoRevisions && rounds < 5) throw new UsageError("--base needs at least five rounds");
  return rounds;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: "string" },
        seconds: { type: "string" },
        threads: { type: "string" },
        check: { type: "boolean" },
        base: { type: "string" },
        list: { type: "boolean" },
        "no-record": { type: "boolean" },
      },
    });
  } catch (problem) {
    throw new UsageError((problem as Error).message);
  }
}

function positive(name: string, text: string | undefined, otherwise: number, whole: boolean): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0) || (whole && !Number.isInteger(value))) {
    throw new UsageError(`--${name} takes a positive ${whole ? "whole " : ""}number, not "${text}"`);
  }
  return value;
}
