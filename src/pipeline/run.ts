import { fail } from "../core/errors.ts";
import { unwatched } from "../core/watch.ts";
import { scaled } from "../rerank/index.ts";
import { type Found, found, merged, type Search } from "./candidates.ts";
import { fateOf } from "./fate.ts";
import { passingOf } from "./passing.ts";
import { conditionsOf, type Withheld, withheldOf } from "./past.ts";
import { modelsOf, type Pipeline, type PipelineFilter, stepName } from "./schema.ts";
import { pinsOf, rerank } from "./steps.ts";
import type { Asker, Candidate, Doubt, Doubting, Page } from "./types.ts";

export interface PageRequest {
  /** Length of the page; default: that of the pipeline, or 10. */
  readonly k?: number | undefined;
  /** More conditions in CEL, on top of the pipeline's. */
  readonly filters?: readonly string[] | undefined;
  /** Choose among these only. */
  readonly only?: readonly string[] | undefined;
  /** Items of which is asked what became of them. */
  readonly explain?: readonly string[] | undefined;
}

/** The list after a stage. */
export interface Stage {
  readonly stage: string;
  readonly list: readonly Candidate[];
  readonly ms: number;
}

const SEEN = "seen";

/** The list after every stage, and how the model with the say answered. */
export interface Staged {
  readonly stages: readonly Stage[];
  readonly search: Search;
  readonly k: number;
  readonly who: { readonly method: string; readonly known: boolean };
  /** What may be a slip in the pipeline. */
  readonly doubts: readonly Doubt[];
}

/** A page for who asks. Throws CONFIG_PIPELINE, CONFIG_FILTER, and as the asker does. */
export async function runPipeline(pipeline: Pipeline, asker: Asker, request: PageRequest = {}): Promise<Page> {
  const { stages, search, k, who, doubts } = await runStages(pipeline, asker, request);
  const items = (stages.at(-1)?.list ?? []).slice(0, k);
  const fates =
    request.explain &&
    (await Promise.all(request.explain.map((item) => fateOf(item, { pipeline, search, stages, k }))));
  return {
    items: items.map(({ item, score, from }) => ({ item, score, from, places: placesOf(item, stages) })),
    method: who.method,
    known: who.known,
    stages: stages.map(({ stage, list, ms }, i) => {
      const cost = costOf(stages, i, k);
      return { stage, items: list.length, ms, ...(cost !== undefined && { cost }) };
    }),
    ...(fates && { fates }),
    ...warningsOf(items.length, k, doubts, search.withheld),
  };
}

/** All stages of a pipeline, with whole lists. */
export async function runStages(pipeline: Pipeline, asker: Asker, request: PageRequest = {}): Promise<Staged> {
  const [model] = modelsOf(pipeline);
  if (model === undefined) {
    return fail("CONFIG_PIPELINE", { what: "The pipeline asks no model", fix: "Name one in candidates or in rank." });
  }
  const k = request.k ?? pipeline.k ?? 10;
  const filter: readonly PipelineFilter[] = pipeline.filter ?? [SEEN];
  const withheld = withheldOf(pipeline, asker);
  const doubts: Doubt[] = [...withheld.doubts];
  const doubt: Doubting = (message, code = "filter-failed") => {
    if (!doubts.some((one) => one.message === message)) doubts.push({ code, message });
  };
  const filters = [...conditionsOf(filter), ...(request.filters ?? [])];
  const search: Search = {
    ...{ asker, model, filters, withheld: withheld.items, doubt },
    unseen: filter.includes(SEEN),
    only: request.only && { asked: request.only, passing: passingOf(request.only, filters, asker, doubt) },
  };
  const stages: Stage[] = [];
  const { watch = unwatched } = asker;
  const timed = async (stage: string, work: () => Promise<readonly Candidate[]>): Promise<void> => {
    const start = performance.now();
    const list = await watch(stage, work, ({ length }) => ({ items: length }));
    stages.push({ stage, list, ms: performance.now() - start });
  };
  const last = (): readonly Candidate[] => stages.at(-1)?.list ?? [];
  const steps = pipeline.rerank ?? [];
  let who = { method: "none", known: false };
  await timed("candidates", () => candidatesOf(pipeline, search, pinsOf(steps)));
  const { rank } = pipeline;
  if (rank !== undefined) {
    await timed("rank", async () => {
      const { list, ...answered } = await ranked(rank, last(), asker);
      who = answered;
      return list;
    });
  }
  for (const [i, step] of steps.entries()) {
    const stage = `rerank.${i}.${stepName(step)}`;
    const slip: Doubting = (message, code) => doubt(`${stage}: ${message}`, code);
    await timed(stage, () => rerank(step, { asker, model, list: last(), k, doubt: slip }));
  }
  if (rank === undefined) who = await asker.recommend(model, { k: 1, unseen: search.unseen });
  return { stages, search, k, who, doubts };
}

async function candidatesOf(
  pipeline: Pipeline,
  search: Search,
  pins: readonly string[],
): Promise<readonly Candidate[]> {
  const lists: Found[] = await Promise.all(pipeline.candidates.map((source) => found(source, search)));
  const list = merged(lists, pipeline.merge);
  const there = new Set(list.map(({ item }) => item));
  const missing = pins.filter((item) => !there.has(item) && search.asker.keptOut(item) === undefined);
  if (missing.length === 0) return list;
  // what is pinned is shown though no source gave it, unless a filter or what was seen forbids it
  const asked = search.only ? missing.filter((item) => search.only?.asked.includes(item)) : missing;
  const only = { asked, passing: passingOf(asked, search.filters, search.asker) };
  const pinned = await found({ from: search.model, n: Math.max(1, asked.length) }, { ...search, only });
  const score = lists.length === 1 ? undefined : 0;
  return [...list, ...pinned.items.map((one) => ({ ...one, ...(score === 0 && { score }), from: {} }))];
}

async function ranked(
  model: string,
  list: readonly Candidate[],
  asker: Asker,
): Promise<{ readonly list: readonly Candidate[]; readonly method: string; readonly known: boolean }> {
  const known = list.filter(({ item }) => asker.knows(model, item));
  const candidates = known.map(({ item }) => item);
  const k = Math.max(1, Math.min(candidates.length, asker.size(model)));
  const { items, method, known: isKnown } = await asker.recommend(model, { k, candidates, unseen: false });
  const byItem = new Map(known.map((one) => [one.item, one]));
  const scored = items.map(({ item, score }) => ({ ...(byItem.get(item) as Candidate), score }));
  return { list: scored, method, known: isKnown };
}

/**
 * What a rule cost this page: by how much the mean score of its places fell, by the scores that stood before all rules, moved and stretched into
 * [0, 1]. Below 0 where a rule brought back what another one had taken. Undefined of what is no rule.
 */
function costOf(stages: readonly Stage[], place: number, k: number): number | undefined {
  const first = stages.findIndex(({ stage }) => stage.startsWith("rerank"));
  const [before, own, base] = [stages[place - 1], stages[place], stages[first - 1]];
  if (first < 0 || place < first || !before || !own || !base) return undefined;
  const scores = scaled(base.list.map(({ score }) => score));
  const byItem = new Map(base.list.map(({ item }, i) => [item, scores[i] as number]));
  const mean = ({ list }: Stage) => {
    const page = list.slice(0, k);
    return page.reduce((sum, { item }) => sum + (byItem.get(item) ?? 0), 0) / Math.max(1, page.length);
  };
  return mean(before) - mean(own);
}

/** Where an item stood, wherever that changed. */
function placesOf(item: string, stages: readonly Stage[]): { stage: string; place: number }[] {
  const places: { stage: string; place: number }[] = [];
  for (const { stage, list } of stages) {
    const place = list.findIndex((one) => one.item === item) + 1;
    if (place > 0 && places.at(-1)?.place !== place) places.push({ stage, place });
  }
  return places;
}

function warningsOf(
  found: number,
  k: number,
  doubts: readonly Doubt[],
  withheld: Withheld["items"],
): Pick<Page, "warnings"> {
  const short = found < k ? [shortened(found, k, withheld)] : [];
  const warnings = [...doubts, ...short];
  return warnings.length > 0 ? { warnings } : {};
}

function shortened(found: number, k: number, withheld: Withheld["items"]) {
  const counts = new Map<string, number>();
  for (const { filter } of withheld.values()) counts.set(filter, (counts.get(filter) ?? 0) + 1);
  const left = Array.from(counts, ([filter, count]) => `${filter} leaves out ${count}`).join(", ");
  const message = `${found} of ${k} items: the sources gave no more, or filters left no more${left && ` (${left})`}.`;
  return { code: "short-list", message };
}
