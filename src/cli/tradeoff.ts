import { parse } from "node:path";
import { rowOf } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { type Interval, itemCounts, meanIntervals, measureUsers, rankUsers } from "../evaluate/index.ts";
import { type Pipeline, parsePipeline, textsOf } from "../pipeline/index.ts";
import { miscalibration, sharesOf } from "../rerank/index.ts";
import type { PageWarnings } from "./page-warnings.ts";
import { distancesOf, type OpenPipeline, openPipeline, PipelineSource } from "./pipeline-evaluation.ts";
import { readPipeline } from "./pipelines.ts";
import type { Session } from "./session.ts";

/** What `penchant tradeoff --json` prints. */
export interface Tradeoff {
  readonly pipeline: string;
  readonly runs: readonly string[];
  readonly dataset: string;
  readonly knob: string;
  readonly k: number;
  readonly users: number;
  readonly seed: number;
  /** What was measured of each page, accuracy first. */
  readonly measures: readonly string[];
  readonly points: readonly { readonly value: number; readonly metrics: Readonly<Record<string, Interval>> }[];
  /** What pages say of filters and rules. Absent: nothing. */
  readonly warnings?: PageWarnings["all"];
}

export interface TradeoffQuestion {
  readonly knob: string;
  readonly values?: readonly number[] | undefined;
  readonly k?: number | undefined;
  /** A field of items whose kinds are to come in the proportions of the history. */
  readonly calibration?: string | undefined;
  /** A field of items with numbers: what a page is worth. */
  readonly utility?: string | undefined;
}

/** Items that make up this share of the interactions are the head of the catalogue; the others its tail. */
const HEAD = 0.8;
const SHARES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * One number of a pipeline turned through its range: how right pages are on the held-out part, against how diverse, how near to what
 * people like, how far from the most popular, how much worth. Throws CONFIG_PIPELINE for a knob that is not there or a value out of range, and as `openPipeline`.
 */
export async function measureTradeoff(session: Session, file: string, question: TradeoffQuestion): Promise<Tradeoff> {
  const pipeline = readPipeline(file);
  const values = question.values ?? SHARES;
  const tried = values.map((value) => turned(pipeline, question.knob, value));
  const opened = await openPipeline(session, pipeline, question.k);
  try {
    const points: Tradeoff["points"][number][] = [];
    const warnings = new Map<string, PageWarnings["all"][number]>();
    let users = 0;
    for (const [i, one] of tried.entries()) {
      const measured = await measure(session, one, opened, question);
      users = measured.users;
      for (const one of measured.warnings) warnings.set(one.message, one);
      points.push({ value: values[i] as number, metrics: measured.metrics });
      session.note(`${question.knob} ${values[i]}`);
    }
    const { runs, dataset, k } = opened;
    const measures = Object.keys(points[0]?.metrics ?? {});
    return {
      pipeline: parse(file).name,
      runs,
      dataset,
      knob: question.knob,
      k,
      users,
      seed: session.seed,
      measures,
      points,
      ...(warnings.size > 0 && { warnings: [...warnings.values()] }),
    };
  } finally {
    opened.dispose();
  }
}

/** The pipeline with one of its numbers replaced: `rerank.mmr.lambda`, `rerank.1.caps.most`, `candidates.0.n`. */
export function turned(pipeline: Pipeline, knob: string, value: number): Pipeline {
  const copy = structuredClone(pipeline) as unknown;
  const steps = knob.split(".");
  const name = steps.pop() as string;
  let place: unknown = copy;
  for (const step of steps) {
    // a step of a list by its number, or by what it does
    const named = Array.isArray(place) ? place.find((one) => Object.hasOwn(one, step)) : undefined;
    place = named === undefined ? ownOf(place, step) : ownOf(named, step);
  }
  if (typeof place !== "object" || place === null || Array.isArray(place)) {
    fail("CONFIG_PIPELINE", {
      what: `The pipeline has no knob ${JSON.stringify(knob)}`,
      expected: 'the way to a number, as in "rerank.mmr.lambda" or "candidates.0.n"',
    });
  }
  Object.defineProperty(place, name, { value, enumerable: true });
  return parsePipeline(copy);
}

const ownOf = (place: unknown, name: string): unknown =>
  typeof place === "object" && place !== null && Object.hasOwn(place, name)
    ? (place as Record<string, unknown>)[name]
    : undefined;

async function measure(session: Session, pipeline: Pipeline, opened: OpenPipeline, question: TradeoffQuestion) {
  const { train, split, k } = opened;
  const source = new PipelineSource(pipeline, k, opened.asking, train.items);
  const { test, validation } = split;
  const task = { train, test, validation, seed: session.seed, signal: session.signal };
  const ranked = await rankUsers(source, { ...task, protocol: "full" });
  const accuracy = measureUsers(ranked, k);
  const ndcg = accuracy.labels.indexOf(`ndcg@${k}`);
  const pages = Array.from(ranked.users, (user) => source.pages.get(user) ?? []);
  const columns = new Map<string, readonly number[]>();
  columns.set(
    `ndcg@${k}`,
    Array.from(pages, (_, row) => accuracy.cells[row * accuracy.width + ndcg] as number),
  );
  const distances = await distancesOf(pages, opened);
  if (distances) columns.set("distance", distances);
  columns.set("tail", tailOf(pages, train));
  const { calibration, utility } = question;
  if (calibration !== undefined)
    columns.set(`miscalibration ${calibration}`, misfitsOf(pages, ranked.users, calibration, opened));
  if (utility !== undefined) columns.set(`mean ${utility}`, worthOf(pages, utility, opened));
  const metrics: Record<string, Interval> = {};
  for (const [label, cells] of columns) {
    const there = Float64Array.from(cells.filter(Number.isFinite)); // of pages that can be measured so
    const table = { users: ranked.users, labels: [label], cells: there, width: 1 };
    if (there.length > 0) Object.assign(metrics, meanIntervals(table, { seed: session.seed }));
  }
  return { users: pages.length, metrics, warnings: source.warnings };
}

/** The share of each page that is none of the few items that make up most interactions. */
function tailOf(pages: readonly (readonly number[])[], train: OpenPipeline["train"]): number[] {
  const counts = itemCounts(train);
  const order = [...counts.keys()].sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const head = new Set<number>();
  let sum = 0;
  for (const item of order) {
    if (sum >= HEAD * total) break;
    head.add(item);
    sum += counts[item] as number;
  }
  return pages.map((page) => page.filter((item) => !head.has(item)).length / page.length);
}

/** How far the kinds of each page are from those of the history: Kullback-Leibler divergence, 0 where they are the same. */
function misfitsOf(
  pages: readonly (readonly number[])[],
  users: Int32Array,
  field: string,
  { train, catalog }: OpenPipeline,
): number[] {
  const kindsOf = (item: number) => textsOf(catalog.of(train.items.id(item))?.[field]);
  return pages.map((page, row) => {
    const wanted = sharesOf(Array.from(rowOf(train.byUser, users[row] as number), kindsOf));
    const shown = page.map((item) => sharesOf([kindsOf(item)]));
    return wanted.size === 0 || page.length === 0 ? Number.NaN : miscalibration(shown, wanted);
  });
}

function worthOf(pages: readonly (readonly number[])[], field: string, { train, catalog }: OpenPipeline): number[] {
  return pages.map((page) => {
    const values = page
      .map((item) => catalog.of(train.items.id(item))?.[field])
      .filter((one) => typeof one === "number");
    return values.length === 0 ? Number.NaN : values.reduce((sum, one) => sum + one, 0) / values.length;
  });
}
