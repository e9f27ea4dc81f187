/** How several runs answer together: each knows who asks in its own way, and what they say of the whole catalogue is added up. */
import type { Ensemble } from "../artifact/types.ts";
import { type Fusion, fusable, fused } from "../core/fuse.ts";
import type { Engine } from "../engine/contract.ts";
import { type AskedEvent, checkAsked, isAsked, readOf } from "./event.ts";
import type { Explanation } from "./explain.ts";
import { FusedScorer } from "./fused-scorer.ts";
import { once } from "./once.ts";
import { type Parts, partsOf, type RecommenderOptions } from "./parts.ts";
import { anybody, type MemberSubject, ranking, type Subject } from "./subject.ts";
import type { Recognized } from "./subjects.ts";
import type { AnswerWarning, MemberShare, Reason, Who } from "./types.ts";

/** The most reasons of an item, as of single runs. */
const REASONS = 3;

interface Member {
  readonly run: string;
  readonly weight: number;
  readonly parts: Parts;
}

export function ensembleParts(ensemble: Ensemble, engine: Engine, { threads }: RecommenderOptions): Parts {
  const { fusion, popularity } = ensemble;
  const members = ensemble.members.map(({ run, weight, artifact }): Member => {
    return { run, weight, parts: partsOf(artifact, engine, { threads, clip: false }) };
  });
  const { users, items, pasts, deeds, coOccurrence } = (members[0] as Member).parts;
  const dispose = () => members.forEach(({ parts }) => void parts.dispose());
  const sources = members.map(({ weight, parts }) => ({ weight, scorer: parts.scorer }));
  const context = [...new Set(members.flatMap(({ parts }) => parts.context))];
  const isBaseline = members.every(({ parts }) => parts.method === "baseline");
  return {
    ready: Promise.all(members.map(({ parts }) => parts.ready)).then(() => {}),
    ...{ users, items, pasts, deeds, coOccurrence, popularity, context, dispose },
    warnings: distinct(members.flatMap(({ parts }) => parts.warnings)),
    scorer: new FusedScorer({ members: sources, fusion, items: items.size }, dispose),
    async asking(event) {
      checkAsked(context, event);
      const asked = members.map(async ({ weight, parts }) => {
        const own = readOf(parts.context, event);
        const scorer = isAsked(own) ? await parts.asking(own) : undefined;
        return { weight, scorer: scorer ?? parts.scorer, own: scorer };
      });
      const found = await Promise.all(asked);
      return new FusedScorer({ members: found, fusion, items: items.size }, () => {
        for (const { own } of found) own?.dispose();
      });
    },
    subjects: {
      recognize(who: Who, event: AskedEvent = {}) {
        if (isAsked(event)) checkAsked(context, event);
        return recognize(members, { fusion, popularity, event }, who);
      },
      knows: (user) => members.every(({ parts }) => parts.subjects.knows(user)),
    },
    explainer: { explain: (subject, chosen) => explain(members, subject, chosen) },
    scale: undefined,
    method: isBaseline ? "baseline" : "model",
    vectors: () => undefined,
    indexed: undefined,
  };
}

const distinct = (warnings: readonly AnswerWarning[]): AnswerWarning[] => [
  ...new Map(warnings.map((warning) => [`${warning.code} ${warning.message}`, warning])).values(),
];

/** Somebody, as the members know them: those that know nothing of a person say nothing, where others do. */
async function recognize(
  members: readonly Member[],
  {
    fusion,
    popularity,
    event,
  }: { readonly fusion: Fusion; readonly popularity: Float32Array; readonly event: AskedEvent },
  who: Who,
): Promise<Recognized> {
  const known = await Promise.all(
    members.map(({ parts }) => parts.subjects.recognize(who, readOf(parts.context, event))),
  );
  const [first] = known as [Recognized];
  const warnings = distinct(known.flatMap((one) => one.warnings));
  const answering = known.flatMap(({ subject }, place): MemberSubject[] => {
    if (subject.method === "popularity") return [];
    return [{ subject, place, part: once(async () => fusable(await subject.scores(), fusion)) }];
  });
  const personal = answering.find(({ subject }) => subject.method !== "baseline") ?? answering[0];
  if (!personal) return { ...first, subject: anybody(popularity, first.subject.past), warnings };
  const weights = answering.map(({ place }) => (members[place] as Member).weight);
  const scores = once(async () => fused(await Promise.all(answering.map(({ part }) => part())), weights));
  const { method, past } = personal.subject;
  return { ...first, subject: { method, past, members: answering, ...ranking(scores) }, warnings };
}

/** Which members speak for an item, and of each the past items that it goes by. */
async function explain(
  members: readonly Member[],
  { members: known = [] }: Subject,
  items: Int32Array,
): Promise<Explanation> {
  if (known.length === 0) return { method: "none", reasons: Array.from(items, () => ({ why: [] })) };
  const voices = await Promise.all(
    known.map(async ({ subject, place, part }) => {
      const { run, weight, parts } = members[place] as Member;
      return { run, weight, part: await part(), own: await parts.explainer.explain(subject, items) };
    }),
  );
  const reasons = Array.from(items, (item, i) => {
    // What speaks against an item is no part of why it stands there.
    const said = voices.map(({ weight, part }) => Math.max(0, weight * (part[item] as number)));
    const total = said.reduce((sum, one) => sum + one, 0);
    const shares = said.map((one) => (total > 0 ? one / total : 0));
    const why = mixed(voices.map(({ own }, voice) => [shares[voice] as number, own.reasons[i]?.why ?? []]));
    const parts = voices.map(({ run }, voice): MemberShare => ({ run, share: shares[voice] as number }));
    return { why, members: parts.filter(({ share }) => share > 0).sort((a, b) => b.share - a.share) };
  });
  return { method: "members", reasons };
}

/** The strongest reasons of several members, each weighed by its member's share. */
function mixed(voices: readonly (readonly [share: number, why: readonly Reason[]])[]): Reason[] {
  const weights = new Map<string, number>();
  for (const [share, why] of voices) {
    for (const { item, weight } of why) weights.set(item, (weights.get(item) ?? 0) + share * weight);
  }
  const reasons = Array.from(weights, ([item, weight]): Reason => ({ item, weight }));
  return reasons
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, REASONS);
}
