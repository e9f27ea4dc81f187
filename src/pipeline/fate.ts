import { found, type Search } from "./candidates.ts";
import { whyNot } from "./passing.ts";
import type { Stage } from "./run.ts";
import { modelsOf, type Pipeline } from "./schema.ts";
import type { Fate } from "./types.ts";

interface Run {
  readonly pipeline: Pipeline;
  readonly search: Search;
  readonly stages: readonly Stage[];
  readonly k: number;
}

/** What became of an item, and at which stage. */
export async function fateOf(item: string, run: Run): Promise<Fate> {
  return { item, ...(beforeSearch(item, run) ?? (await inStages(item, run))) };
}

type Rest = Omit<Fate, "item">;

const KEPT_OUT = {
  hidden: "it was deleted, or its field available is false",
  excluded: "the request leaves it out",
} as const;

/** What keeps an item out of every source. */
function beforeSearch(item: string, { pipeline, search }: Run): Rest | undefined {
  const { asker, filters, only, withheld } = search;
  const models = modelsOf(pipeline);
  if (!models.some((model) => asker.knows(model, item))) {
    return { stage: "unknown", why: `none of the models ${models.join(", ")} was trained on it` };
  }
  const keptOut = asker.keptOut(item);
  if (keptOut) return { stage: keptOut, why: KEPT_OUT[keptOut] };
  if (only && !only.asked.includes(item))
    return { stage: "filter", why: "it is not among the candidates of the request" };
  const [why] = filters.flatMap((filter) => whyNot(filter, item, asker.fields(item), asker.user) ?? []);
  if (why !== undefined) return { stage: "filter", why };
  const left = withheld.get(item);
  return left && { stage: left.filter, why: left.why };
}

async function inStages(item: string, run: Run): Promise<Rest> {
  const { stages, k } = run;
  const places = stages.map(({ stage, list }) => ({ stage, place: list.findIndex((one) => one.item === item) + 1 }));
  const end = places.at(-1);
  if (places[0]?.place === 0) return await outsideSources(item, run);
  if (end && end.place > 0 && end.place <= k)
    return { stage: "listed", why: `it stands at place ${end.place}`, place: end.place };
  const lost = places.find(({ place }) => place === 0);
  if (lost) return { stage: lost.stage, why: `the model ${run.pipeline.rank} was not trained on it` };
  // the last stage after which it was on the page moved it off with the next one; never on it: it was ranked behind
  const onPage = places.findLastIndex(({ place }) => place <= k);
  const by = places[onPage + 1] ?? places[0];
  const isStep = by?.stage.startsWith("rerank") ?? false;
  const { stage, place } = isStep && onPage >= 0 ? (by as { stage: string; place: number }) : rankedAt(places);
  const verb = stage.startsWith("rerank")
    ? `${stage} moved it to place`
    : stage === "rank"
      ? "ranked at"
      : "it stands at place";
  return { stage, why: `${verb} ${place}, and the page has ${k}`, place };
}

const rankedAt = (places: readonly { stage: string; place: number }[]) =>
  places.findLast(({ stage }) => !stage.startsWith("rerank")) as { stage: string; place: number };

/** Where it would have stood in each source, had the source given everything. */
async function outsideSources(item: string, { pipeline, search }: Run): Promise<Rest> {
  const { asker } = search;
  const places: string[] = [];
  for (const source of pipeline.candidates) {
    const all = await found(source, search, Math.max(asker.size(search.model), source.n));
    const place = all.items.findIndex((one) => one.item === item) + 1;
    if (place > 0) places.push(`${source.from} has it at ${place}, and gives ${source.n}`);
  }
  if (places.length > 0) return { stage: "candidates", why: places.join("; ") };
  const isSeen = search.unseen && (await isFoundWhenSeenToo(item, search));
  return isSeen
    ? { stage: "seen", why: "the person has met it" }
    : { stage: "candidates", why: "no source has it at all" };
}

async function isFoundWhenSeenToo(item: string, search: Search): Promise<boolean> {
  const { items } = await search.asker.recommend(search.model, { k: 1, candidates: [item], unseen: false });
  return items.length > 0;
}
