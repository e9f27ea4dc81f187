import { bestPeer, type Contender, play } from "./contest.ts";
import type { Context } from "./context.ts";
import { higher, limitOf } from "./limits.ts";
import { type Absent, isAbsent, isPresent, type Peer } from "./peer.ts";
import type { Agreement, CaseResult } from "./result.ts";
import type { Work } from "./work.ts";

export interface ContestPlan {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Our rate divided by the best peer's should be at least this. */
  readonly target?: number | undefined;
  readonly ours: Contender;
  /** In parallel nobody is started: peers prepare one after the other. */
  readonly peers: readonly (() => Promise<Peer | Absent>)[];
  /** Peers that are shown but do not count, by name: they do less or other work. */
  readonly beside?: readonly string[];
  readonly work?: Work;
  /** Compares the work of both sides; `peers` are the ones that are there. */
  agree?(peers: readonly Peer[]): Promise<readonly Agreement[]>;
  readonly notes?: readonly string[];
}

/** Prepares everyone, checks that they do the same work, measures the machine, plays the rounds, measures it again. */
export async function runContest(plan: ContestPlan, context: Context): Promise<CaseResult> {
  if (context.solo) return await context.solo(plan);
  const answers: (Peer | Absent)[] = [];
  try {
    for (const start of plan.peers) answers.push(await start());
    return await contest(plan, context, answers);
  } finally {
    for (const answer of answers) if (isPresent(answer)) answer.close();
  }
}

async function contest(plan: ContestPlan, context: Context, answers: readonly (Peer | Absent)[]): Promise<CaseResult> {
  const peers = answers.filter(isPresent);
  for (const { versions } of peers) Object.assign(context.versions, versions);
  const agreement = (await plan.agree?.(peers)) ?? [];
  await plan.ours.run(Math.min(0.5, context.seconds)); // warm, as the peers are
  const before = await context.gauge.measure();
  const { rounds, seconds } = context;
  const onRound = (round: number) => context.say(`  ${plan.id}: round ${round + 1} of ${rounds}`);
  const scores = await play(plan.ours, peers, { rounds, seconds, onRound });
  const after = await context.gauge.measure();
  const best = bestPeer(scores.peers.filter(({ name }) => !plan.beside?.includes(name)));
  const peak = before && after && higher(before, after);
  return {
    id: plan.id,
    title: plan.title,
    unit: plan.unit,
    target: plan.target,
    ...scores,
    best: best?.name,
    ratio: best?.ratio,
    absent: answers.filter(isAbsent),
    limit: peak && plan.work && limitOf(plan.work, peak, scores.ours.rate.median),
    agreement,
    notes: [...(plan.notes ?? []), ...peers.flatMap(({ name, notes }) => (notes ? [`${name}: ${notes}`] : []))],
  };
}
