/** Filters on what the person did: what they bought, disliked, met by events of some kind, or rated low. */
import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { EVENT_TYPES, type EventType, MEANING } from "../store/index.ts";
import { modelsOf, type Pipeline, type PipelineFilter } from "./schema.ts";
import type { Asker, Doubt } from "./types.ts";

type PastFilter = Exclude<PipelineFilter, string> | "bought" | "disliked";

/** What is left out of a page since the person did something. */
export interface Withheld {
  /** Items, each with the filter that leaves it out first. */
  readonly items: ReadonlyMap<string, { readonly filter: string; readonly why: string }>;
  /** Filters that nothing can be known by. */
  readonly doubts: readonly Doubt[];
}

const isPast = (filter: PipelineFilter): filter is PastFilter =>
  typeof filter === "object" || filter === "bought" || filter === "disliked";

/** The filters that are conditions on items, in CEL. */
export const conditionsOf = (filters: readonly PipelineFilter[]): readonly string[] =>
  filters.filter((filter): filter is string => filter !== "seen" && !isPast(filter));

/** What the filters of a pipeline leave out, by what all of its models and the event log know. Throws CONFIG_PIPELINE for a kind of event that there is not. */
export function withheldOf(pipeline: Pipeline, asker: Asker): Withheld {
  const items = new Map<string, { filter: string; why: string }>();
  const doubts: Doubt[] = [];
  for (const filter of (pipeline.filter ?? []).filter(isPast)) {
    const { name, why, left, doubt } = askedBy(filter, { pipeline, asker });
    if (doubt !== undefined) doubts.push({ code: "filter-blind", message: `${name}: ${doubt}` });
    for (const item of left) if (!items.has(item)) items.set(item, { filter: name, why });
  }
  return { items, doubts };
}

/** How a filter is called, in explanations and pictures. */
export const filterName = (filter: PipelineFilter): string =>
  typeof filter === "string" ? filter : (Object.keys(filter)[0] as string);

interface Question {
  readonly pipeline: Pipeline;
  readonly asker: Asker;
}

interface Left {
  readonly name: string;
  readonly why: string;
  readonly left: Iterable<string>;
  readonly doubt: string | undefined;
}

function askedBy(filter: PastFilter, question: Question): Left {
  const name = filterName(filter);
  if (filter === "bought") return { name, why: "the person has bought it", ...byKinds(["purchase"], question) };
  if (filter === "disliked") return { name, why: "the person dislikes it", ...byValue(undefined, question) };
  if ("met" in filter) {
    checkKinds(filter.met, question);
    return { name, why: `the person has met it by ${filter.met.join(" or ")}`, ...byKinds(filter.met, question) };
  }
  const { ratedBelow } = filter;
  return { name, why: `the person disliked it, or rated it below ${ratedBelow}`, ...byValue(ratedBelow, question) };
}

const runsOf = ({ pipeline, asker }: Question) =>
  modelsOf(pipeline).map((model) => ({ model, deeds: asker.deeds(model) }));

/** Kinds of events that the log can tell of: what is shown is in it, but nobody has met anything by that. */
const LOGGED: readonly EventType[] = EVENT_TYPES.filter((type) => MEANING[type] !== "nothing");

function checkKinds(kinds: readonly string[], question: Question): void {
  const known = [...new Set([...runsOf(question).flatMap(({ deeds }) => deeds.kinds), ...LOGGED])];
  const other = kinds.find((kind) => !known.includes(kind));
  if (other === undefined) return;
  const close = nearest(other, known);
  fail("CONFIG_PIPELINE", {
    what: `Neither the data of the models nor the event log know a kind of event ${JSON.stringify(other)}`,
    expected: known.join(", "),
    received: other,
    fix: close === undefined ? "Name kinds that the data have." : `Did you mean ${JSON.stringify(close)}?`,
  });
}

function byKinds(kinds: readonly string[], question: Question): Pick<Left, "left" | "doubt"> {
  const { person: user, since } = question.asker;
  const runs = runsOf(question);
  const left = new Set(user === undefined ? [] : runs.flatMap(({ deeds }) => deeds.byKind(user, kinds)));
  for (const [item, { types }] of since) if (types.some((type) => kinds.includes(type))) left.add(item);
  const there = [...new Set(runs.flatMap(({ deeds }) => deeds.kinds))];
  const isKnown = kinds.some((kind) => there.includes(kind));
  return { left, doubt: isKnown ? undefined : `${blindTo(kinds, there, runs)} Only events of the log count.` };
}

/** What shops call a purchase. */
const BUYING = /buy|bought|order|transaction|sale|paid|payment|checkout|conversion/i;

function blindTo(kinds: readonly string[], there: readonly string[], runs: ReturnType<typeof runsOf>): string {
  const named = runs.map(({ model }) => model).join(", ");
  if (there.length === 0)
    return `what events were is not known to ${named}: import the data with --event COLUMN and train again.`;
  const meant = (kinds.includes("purchase") && there.find((kind) => BUYING.test(kind))) || there[0];
  const all = JSON.stringify({ met: [...kinds, meant] });
  return `the data of ${named} have no events of the kind ${kinds.join(", ")}, but ${there.join(", ")}; if one of these is meant, say ${all}.`;
}

function byValue(asked: number | undefined, question: Question): Pick<Left, "left" | "doubt"> {
  const { person: user, since } = question.asker;
  const runs = runsOf(question);
  const bounds = runs.map(({ deeds }) => asked ?? deeds.dislikesBelow);
  const left = new Set<string>();
  for (const [at, { deeds }] of runs.entries()) {
    if (user !== undefined) for (const item of deeds.below(user, bounds[at] as number)) left.add(item);
  }
  const bound = Math.max(...bounds);
  for (const [item, { opinion }] of since) {
    if (opinion === undefined) continue;
    // the last word counts
    if (opinion < bound) left.add(item);
    else left.delete(item);
  }
  return { left, doubt: asked === undefined ? noDislikes(runs) : noValues(asked, runs) };
}

/** Whether what the runs know of values says of nothing that it is disliked: then a rating is just low. */
function noDislikes(runs: ReturnType<typeof runsOf>): string | undefined {
  if (runs.some(({ deeds: { values, dislikesBelow } }) => values && values.least < dislikesBelow)) return undefined;
  const named = runs.map(({ model }) => model).join(", ");
  const [values] = runs.flatMap(({ deeds }) => deeds.values ?? []);
  if (!values || values.least === values.most)
    return `the data of ${named} say of nothing that it is disliked. Only dislikes of the event log count.`;
  const middle = (values.least + values.most) / 2;
  return `no value of ${named} is below 0, which is a dislike, and no --dislikes-below was said; only dislikes of the event log count. If low values are dislikes, say ${JSON.stringify({ ratedBelow: middle })} (they go from ${values.least} to ${values.most}).`;
}

function noValues(bound: number, runs: ReturnType<typeof runsOf>): string | undefined {
  const named = runs.map(({ model }) => model).join(", ");
  if (runs.every(({ deeds: { values, likesFrom } }) => values === undefined && likesFrom === undefined))
    return `the data of ${named} have no values. Only dislikes and ratings of the event log count.`;
  const cut = runs.find(({ deeds: { likesFrom } }) => likesFrom !== undefined && likesFrom < bound);
  if (!cut) return undefined;
  return `${cut.model} was trained with --threshold ${cut.deeds.likesFrom}, and keeps no values from there on: what was rated from ${cut.deeds.likesFrom} to below ${bound} until then is not left out.`;
}
