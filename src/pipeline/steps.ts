import {
  boosted,
  byScore,
  calibrate,
  calibrateByFlow,
  capped,
  type Diversity,
  fair,
  freshened,
  pinned,
  sharesOf,
  xquad,
} from "../rerank/index.ts";
import { textsOf } from "./fields.ts";
import { groupOf } from "./passing.ts";
import type { Step } from "./schema.ts";
import { traitsOf } from "./traits.ts";
import type { Asker, Candidate, Doubting } from "./types.ts";
import { priced, weigh } from "./utility.ts";

const DAY = 86_400;

/** What a step works on. */
interface Bench {
  readonly asker: Asker;
  /** The model with the say. */
  readonly model: string;
  readonly list: readonly Candidate[];
  readonly scores: readonly number[];
  readonly k: number;
  /** Hears of what may be a slip. */
  readonly doubt: Doubting;
}

/** What a step makes of a list: places of its entries in their new order, the others behind, and scores where they are other ones. */
type Work<S> = (settings: S, bench: Bench) => Promise<Moved> | Moved;

interface Moved {
  readonly order: Int32Array;
  readonly scores?: ArrayLike<number>;
}

type StepNames = Step extends infer One ? (One extends unknown ? keyof One : never) : never;
type Settings<Name extends StepNames> = Extract<Step, Record<Name, unknown>>[Name];

const work: { readonly [Name in StepNames]: Work<Settings<Name>> } = {
  boost: ({ filter, by }, bench) => rescored(boosted(bench.scores, ofGroup(filter, bench), by)),
  freshness: ({ field, halfLife, weight }, bench) => {
    const ages = bench.list.map(({ item }) => {
      const time = bench.asker.fields(item)[field];
      return typeof time === "number" ? (bench.asker.now - time) / DAY : Number.NaN;
    });
    if (ages.length > 0 && ages.every(Number.isNaN)) return idle("time", field, bench);
    return rescored(freshened(bench.scores, ages, { halfLife, weight }));
  },
  utility: (utility, bench) => {
    const { asker, k } = bench;
    const weighed = weigh(utility, bench);
    const moved = rescored(priced(weighed, (part) => asker.pacing?.price(part) ?? part.price));
    if (utility.pace !== undefined) asker.pacing?.note(weighed.parts, moved.order.subarray(0, k), utility.pace);
    return moved;
  },
  mmr: ({ lambda, field }, bench) => diversified({ method: "mmr", lambda }, field, bench),
  msd: ({ lambda, field }, bench) => diversified({ method: "msd", lambda }, field, bench),
  dpp: ({ lambda, field }, bench) => diversified({ method: "dpp", lambda }, field, bench),
  ssd: ({ gamma, window, field }, bench) => diversified({ method: "ssd", gamma, window }, field, bench),
  xquad: ({ field, lambda }, bench) => byKinds(xquad, field, lambda, bench),
  calibrate: ({ field, lambda, method = "greedy" }, bench) =>
    byKinds(method === "flow" ? calibrateByFlow : calibrate, field, lambda, bench),
  fair: ({ filter, share, significance }, bench) => ({
    order: fair(bench.scores, ofGroup(filter, bench), { k: bench.k, share, significance }),
  }),
  caps: ({ field, most }, bench) => {
    const kinds = textsIn(field, bench);
    return kinds ? { order: capped(kinds, most, bench.k) } : asItIs(bench);
  },
  pins: (pins, { asker, model, list, doubt }) => {
    for (const { item } of pins) {
      if (asker.knows(model, item)) continue;
      doubt(`${model} knows no item ${JSON.stringify(item)}, which is not shown.`, "rule-idle");
    }
    const places = new Map(list.map(({ item }, place) => [item, place]));
    const found = pins.flatMap(({ item, place }) => {
      const entry = places.get(item);
      return entry === undefined ? [] : [[entry, place] as const];
    });
    return { order: pinned(list.length, new Map(found)) };
  },
};

async function diversified(diversity: Diversity, field: string | undefined, bench: Bench): Promise<Moved> {
  const { asker, model, scores, k } = bench;
  if (scores.length === 0) return asItIs(bench);
  const traits = await traitsOf(field, bench);
  if (!traits) return idle("value", field as string, bench);
  return { order: await asker.diversify(model, { scores, traits, diversity, k }) };
}

/** The list after a step: those that it chose in its order, the others behind as they were. Throws CONFIG_PIPELINE, CONFIG_FILTER. */
export async function rerank(step: Step, bench: Omit<Bench, "scores">): Promise<readonly Candidate[]> {
  const { list } = bench;
  const [[name, settings]] = Object.entries(step) as [[StepNames, never]];
  const { order, scores } = await work[name](settings, { ...bench, scores: list.map(({ score }) => score) });
  const chosen = new Set(order);
  const places = [...order, ...Array.from(list.keys()).filter((place) => !chosen.has(place))];
  return places.map((place) => {
    const one = list[place] as Candidate;
    return scores ? { ...one, score: scores[place] as number } : one;
  });
}

/** Says that none of them has the field, which may be a slip or what this page is like, and leaves the list as it is. */
function idle(what: string, field: string, bench: Bench): Moved {
  const { list, doubt } = bench;
  doubt(`none of ${list.length} candidates has a ${what} in the field ${JSON.stringify(field)}.`, "rule-idle");
  return asItIs(bench);
}

const asItIs = ({ list }: Bench): Moved => ({ order: Int32Array.from(list.keys()) });

/** What each candidate has in a field; undefined where none has anything, which is said. */
function textsIn(field: string, bench: Bench): (readonly string[])[] | undefined {
  const texts = bench.list.map(({ item }) => textsOf(bench.asker.fields(item)[field]));
  if (texts.some((own) => own.length > 0)) return texts;
  if (texts.length > 0) idle("value", field, bench);
  return undefined;
}

const rescored = (scores: Float64Array): Moved => ({ order: byScore(scores), scores });

/** Items that the pins of a pipeline name. */
export const pinsOf = (steps: readonly Step[]): readonly string[] =>
  steps.flatMap((step) => ("pins" in step ? step.pins.map(({ item }) => item) : []));

function ofGroup(filter: string, { asker, list, doubt }: Bench): boolean[] {
  return groupOf(
    filter,
    list.map(({ item }) => item),
    asker,
    doubt,
  );
}

async function byKinds(choose: typeof xquad, field: string, lambda: number | undefined, bench: Bench): Promise<Moved> {
  const texts = textsIn(field, bench);
  if (!texts) return asItIs(bench);
  const kinds = texts.map((own) => sharesOf([own]));
  return { order: choose(bench.scores, kinds, await wanted(field, bench), { k: bench.k, lambda }) };
}

/** The kinds of what the person likes; of strangers: of the candidates, so that nothing is preferred. */
async function wanted(field: string, { asker, model, list }: Bench) {
  const past = await asker.past(model);
  const kinds = (items: readonly string[]) => sharesOf(items.map((item) => textsOf(asker.fields(item)[field])));
  const liked = kinds(past);
  return liked.size > 0 ? liked : kinds(list.map(({ item }) => item));
}
