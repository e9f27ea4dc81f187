import pc from "picocolors";
import {
  type Evaluation,
  type Interval,
  LOGLOSS,
  negativesInWords,
  type RelevanceFacts,
} from "../../evaluate/index.ts";
import type { RunEvaluation } from "../evaluation.ts";
import { grouped, interval, share } from "../format.ts";
import { splitText } from "../split-choice.ts";
import { table } from "../table.ts";

/** A table per protocol, the run above what it has to beat. */
export function formatEvaluation(evaluation: RunEvaluation): string {
  const { run, model, dataset, split, seed, protocols, baselines, lists, relevance, warnings } = evaluation;
  const head = `${pc.bold(run)} (${model}) on ${dataset}, ${splitText(split)} split, seed ${seed}`;
  const tables = protocols.map((measured) => protocolTable(evaluation, measured, baselines));
  const facts = Object.entries(lists.metrics).map(
    ([name, value]) => `${name} ${value >= 10 ? value.toFixed(0) : share(value)}`,
  );
  const groups = (lists.exposure ?? []).map(
    ({ group, items, interactions, places }) =>
      `${group} (${percent(items)} of items, ${percent(interactions)} of interactions) ${percent(places)}`,
  );
  const exposed = groups.length > 0 ? [`Places by popularity of the items: ${groups.join(", ")}`] : [];
  const rule = relevance ? [relevanceInWords(relevance)] : [];
  const beyond = `Lists of ${grouped(lists.lists)} users: ${facts.join(", ")}`;
  const sliced = evaluation.sliced ? slicesInTables(evaluation, evaluation.sliced) : [];
  return [
    head,
    ...rule,
    ...tables,
    ...sliced,
    [beyond, ...exposed].join("\n"),
    ...byTime(evaluation),
    ...warnings.map(({ message }) => pc.yellow(`! ${message}`)),
  ].join("\n\n");
}

const percent = (part: number): string => `${Math.round(100 * part)} %`;

/** A table for each kind of slice, popularity beside the run, and how far apart the served are. */
function slicesInTables({ run, k }: RunEvaluation, { slices, gaps }: NonNullable<RunEvaluation["sliced"]>): string[] {
  const labels = [`hr@${k}`, `ndcg@${k}`];
  const kinds = [...new Set(slices.map(({ by }) => by))];
  const tables = kinds.map((by) => {
    const rows = slices
      .filter((slice) => slice.by === by)
      .map(({ name, of, users, targets, metrics, popularity }) => [
        ...[of, name, grouped(users), grouped(targets)],
        ...labels.map((label) => (metrics[label] ? interval(metrics[label]) : "–")),
        popularity[`ndcg@${k}`] ? interval(popularity[`ndcg@${k}`] as Interval) : "–",
      ]);
    const header = ["", by, "users", "held out", ...labels, `popularity ndcg@${k}`];
    return `${pc.dim(`slices by ${by}, full ranking, ${run}, 95 % intervals`)}\n${table(header, rows)}`;
  });
  const apart = gaps.map(
    ({ by, metric, gap, best, worst }) => `${by}: ${metric} is ${share(gap)} higher for ${best} than for ${worst}`,
  );
  return [...tables, ...(apart.length > 0 ? [`Gaps between users: ${apart.join("; ")}`] : [])];
}

/** What the split by time would say, or says. */
function byTime({ run, time }: RunEvaluation): string[] {
  if (!time) return [];
  const { here, byTime: there, command, changes = [] } = time;
  const known = here.future
    ? `${percent(here.future)} of what the model learned from happened after what it foretells`
    : "";
  const tested = `by time ${grouped(there.test)} interactions of ${grouped(there.users)} users are tested instead of ${grouped(here.test)} of ${grouped(here.users)}`;
  const head = [known, tested].filter(Boolean).join("; ");
  if (changes.length === 0) return [`Leave-last-out: ${head}. To see what that changes: ${command}, then evaluate it.`];
  const rows = changes.flatMap(({ metric, here: own, byTime: other, popularity }) => [
    [run, metric, share(own), share(other)],
    ["popularity", metric, share(popularity.here), share(popularity.byTime)],
  ]);
  const turned = changes.some(
    ({ here: own, byTime: other, popularity }) => own >= popularity.here !== other >= popularity.byTime,
  );
  const verdict = turned ? [`Who is ahead, the run or popularity, is the other way round by time.`] : [];
  const title = pc.dim(`the same model by time (${time.run}), full ranking; ${head}`);
  return [`${title}\n${table(["", "metric", "leave-last-out", "by time"], rows)}`, ...verdict];
}

function relevanceInWords({ rule, meaning, heldOut, relevant, usersWithout }: RelevanceFacts): string {
  const counts = `${grouped(relevant)} of ${grouped(heldOut)} held-out items`;
  return `Relevant (${rule}): ${meaning}. ${counts}; ${grouped(usersWithout)} users without one are left out.`;
}

type Baselines = RunEvaluation["baselines"];

function protocolTable({ run, seed }: RunEvaluation, measured: Evaluation, baselines: Baselines): string {
  const others = Object.entries(baselines).flatMap(([name, { protocols }]) => {
    const same = protocols.find(({ protocol }) => protocol === measured.protocol);
    return same ? [[name, same] as const] : [];
  });
  const labels = Object.keys(measured.metrics);
  const rows = [[run, measured] as const, ...others].map(([name, { metrics }]) => [
    name,
    ...labels.map((label, column) => {
      const metric = metrics[label];
      return metric === undefined ? "–" : column < 2 || label === LOGLOSS ? interval(metric) : share(metric.value);
    }),
  ]);
  const title = `${protocolTitle(measured, seed)}, ${grouped(measured.users)} users, 95 % intervals`;
  return [pc.dim(title), table(["", ...labels], rows), ...loglossInWords(measured)].join("\n");
}

/** What a log loss is to be held against. */
function loglossInWords({ constantLogloss }: Evaluation): string[] {
  if (constantLogloss === undefined) return [];
  const known = `telling every candidate the share of held-out items gives ${share(constantLogloss)}`;
  return [pc.dim(`logloss: lower is better; ${known}; it depends on the number of negatives`)];
}

/** What the figures of a protocol mean; sampled ones say how many items were drawn, by which seed. */
function protocolTitle({ protocol, negatives }: Evaluation, seed: number): string {
  if (protocol === "full") return "full ranking: against all items not met in training";
  if (protocol === "given") return "given candidates: those that the data set came with";
  if (protocol === "rating") return "predicted ratings";
  const count = negatives ? negativesInWords(negatives) : protocol.replace("sampled-", "");
  return `${protocol}: against ${count} sampled items only (seed ${seed}), which flatters`;
}
