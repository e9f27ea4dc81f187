import { parse } from "node:path";
import { fail } from "../core/errors.ts";
import { permute } from "../core/random.ts";
import {
  type Doubting,
  type Part,
  type Pipeline,
  parsePipeline,
  runStages,
  textsOf,
  type Utility,
  weigh,
  withPrices,
} from "../pipeline/index.ts";
import { type Bound, type Choice, priceLists, solvePrices } from "../rerank/dual.ts";
import { writeWhole } from "./output.ts";
import { PageWarnings } from "./page-warnings.ts";
import { type OpenModels, offlineAsker, openModels, readCatalog, readPipeline } from "./pipelines.ts";
import type { Session } from "./session.ts";

/** What `penchant utility solve --json` prints. Means are over places of pages. */
export interface SolvedUtility {
  readonly pipeline: string;
  /** People whose pages the prices were found with, and other people whose pages they were tried on. */
  readonly users: number;
  readonly others: number;
  readonly k: number;
  readonly seed: number;
  readonly rules: readonly {
    readonly rule: string;
    readonly is: "least" | "most";
    readonly bound: number;
    readonly price: number;
    readonly without: number;
    readonly reached: number;
    readonly ofOthers: number;
  }[];
  /** `bound`: no pages that keep the rules are worth more; `gap`: (bound - reached) / bound. */
  readonly value: {
    readonly without: number;
    readonly reached: number;
    readonly bound: number;
    readonly gap: number;
    readonly ofOthers: number;
  };
  readonly file?: string;
  /** What pages say of filters and rules. Absent: nothing. */
  readonly warnings?: PageWarnings["all"];
}

/** Kinds that may have a price each, at most. */
const KINDS = 1000;

/**
 * The prices with which the pages of a pipeline keep the rules of its step `utility` and are worth the most, found with people of the history and tried on
 * others. Throws CONFIG_PIPELINE where there is no such step, or no pages keep the rules.
 */
export async function solveUtility(
  session: Session,
  file: string,
  { users: most, output }: { readonly users: number; readonly output?: string | undefined },
): Promise<SolvedUtility> {
  const pipeline = readPipeline(file);
  const steps = pipeline.rerank ?? [];
  const at = steps.findIndex((step) => "utility" in step);
  const utility = stepOf(pipeline, at);
  const opened = await openModels(session, pipeline);
  try {
    const before: Pipeline = { ...pipeline, rerank: steps.slice(0, at) };
    const users = drawn(opened.users, most, session.seed);
    const { choices, parts, k, warnings } = await choicesOf(session, before, utility, users, opened);
    const half = Math.ceil(choices.length / 2);
    const [own, other] = [choices.slice(0, half), choices.slice(half)];
    const bounds = parts.map(({ is, bounds: all }) => ({ is, bound: meanOf(all.slice(0, half)) }));
    const solved = solvePrices(own, bounds, k);
    const free = priceLists(
      own,
      bounds,
      parts.map(() => 0),
      k,
    );
    const tried = priceLists(other, bounds, solved.prices, k);
    if (!solved.isMet) refuse(parts, bounds, solved.reached);
    const prices = new Map(parts.map(({ key }, i) => [key, solved.prices[i] as number]));
    if (output !== undefined) {
      const priced = steps.with(at, { utility: withPrices(utility, prices) });
      const content = parsePipeline({ ...pipeline, rerank: priced });
      await writeWhole(output, `${JSON.stringify(content, null, 2)}\n`);
    }
    const { value, most: bound } = solved;
    return {
      ...{ pipeline: parse(file).name, users: own.length, others: other.length, k, seed: session.seed },
      rules: parts.map(({ key, name, is }, i) => ({
        ...{ rule: name, is, bound: (bounds[i] as Bound).bound, price: prices.get(key) as number },
        ...{ without: free.reached[i] as number, reached: solved.reached[i] as number },
        ofOthers: tried.reached[i] as number,
      })),
      value: {
        ...{ without: free.value, reached: value, bound },
        ...{ gap: bound === 0 ? 0 : (bound - value) / Math.abs(bound), ofOthers: tried.value },
      },
      ...(output !== undefined && { file: output }),
      ...(warnings.length > 0 && { warnings }),
    };
  } finally {
    opened.dispose();
  }
}

function stepOf(pipeline: Pipeline, at: number): Utility {
  const step = pipeline.rerank?.[at];
  if (step && "utility" in step) return step.utility;
  return fail("CONFIG_PIPELINE", {
    what: "The pipeline has no step utility",
    fix: 'Say the rules under rerank, as in {"utility": {"value": "margin", "rules": [{"filter": "item.new", "atLeast": 0.1}]}}.',
  });
}

/** People of the history in an order of the seed's, half of them to solve with and half to try on. */
function drawn(users: readonly string[], most: number, seed: number): string[] {
  const count = Math.min(users.length, most);
  if (count < 2)
    fail("CONFIG_VALUE", { what: "There are not two people to find prices with", received: String(count) });
  return Array.from({ length: count }, (_, i) => users[permute(i, users.length, seed)] as string);
}

interface RulePart {
  readonly key: string;
  readonly name: string;
  readonly is: "least" | "most";
  /** Of each person's page. */
  readonly bounds: number[];
}

async function choicesOf(
  session: Session,
  pipeline: Pipeline,
  utility: Utility,
  users: readonly string[],
  { engine, models }: OpenModels,
) {
  const catalog = await readCatalog(session);
  const kinds = (field: string): string[] => {
    const all = new Set(Array.from(catalog.ids(), (id) => textsOf(catalog.of(id)?.[field])).flat());
    if (all.size > KINDS) {
      fail("CONFIG_PIPELINE", { what: `The field ${field} has ${all.size} kinds`, expected: `${KINDS} at most` });
    }
    return [...all].sort();
  };
  const known = new Map<string, readonly string[]>();
  const kindsOf = (field: string) => {
    const found = known.get(field) ?? kinds(field);
    known.set(field, found);
    return found;
  };
  const sets = new Map();
  const now = Date.now() / 1000;
  const choices: Choice[] = [];
  const parts: RulePart[] = [];
  const warnings = new PageWarnings();
  let k = 0;
  for (const who of users) {
    session.signal.throwIfAborted();
    const asker = offlineAsker({ engine, models, catalog, who, now, sets });
    const staged = await runStages(pipeline, asker);
    const list = staged.stages.at(-1)?.list ?? [];
    k = staged.k;
    if (list.length === 0) continue;
    const doubts = [...staged.doubts];
    const doubt: Doubting = (message, code = "filter-failed") =>
      void doubts.push({ code, message: `utility: ${message}` });
    const { values, parts: own } = weigh(utility, { asker, list, k, doubt }, kindsOf);
    warnings.note(doubts);
    if (parts.length === 0) parts.push(...own.map(({ key, name, is }) => ({ key, name, is, bounds: [] })));
    for (const [i, { bound }] of own.entries()) parts[i]?.bounds.push(bound);
    choices.push({ values, amounts: amountsOf(own, list.length) });
  }
  return { choices, parts, k, warnings: warnings.all };
}

/** A candidate after the other, of each what it adds to every rule. */
function amountsOf(parts: readonly Part[], size: number): Float64Array {
  const amounts = new Float64Array(size * parts.length);
  for (const [rule, { amounts: own }] of parts.entries()) {
    for (const [i, amount] of own.entries()) amounts[i * parts.length + rule] = amount;
  }
  return amounts;
}

/** Of equal values that value, to the last bit: a bound that everybody shares stays as it was written. */
function meanOf(values: readonly number[]): number {
  const [first = 0] = values;
  if (values.every((value) => value === first)) return first;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function refuse(parts: readonly RulePart[], bounds: readonly Bound[], reached: readonly number[]): never {
  const missed = parts.flatMap(({ name, is }, i) => {
    const [bound, mean] = [(bounds[i] as Bound).bound, reached[i] as number];
    const isMissed = is === "least" ? mean < bound - 1e-9 : mean > bound + 1e-9;
    return isMissed
      ? [
          `${name}: ${mean.toPrecision(4)} where ${is === "least" ? "at least" : "at most"} ${Number(bound.toPrecision(4))} is asked`,
        ]
      : [];
  });
  return fail("CONFIG_PIPELINE", {
    what: "No pages of these candidates were found that keep all rules of utility",
    received: missed.join("; "),
    fix: "Ask for less, or let more candidates in (a larger n, or a source that has such items).",
  });
}
