import { fail } from "../core/errors.ts";
import type { Interval } from "../evaluate/index.ts";
import { evaluateRun } from "./evaluation.ts";
import { readRun } from "./runs.ts";
import type { Session } from "./session.ts";
import { type SplitChoice, splitText } from "./split-choice.ts";
import { type TrainedRun, type TrainingRequest, trainRun } from "./training.ts";

/** A metric over the parts. */
export interface OverParts {
  readonly mean: number;
  /** Standard deviation between the parts (n - 1); absent of a single one. */
  readonly deviation?: number;
  /** In the order of the parts. */
  readonly values: readonly number[];
}

/** What one protocol says, over the parts. */
export interface ProtocolOverParts {
  readonly protocol: string;
  readonly run: Readonly<Record<string, OverParts>>;
  readonly popularity: Readonly<Record<string, OverParts>>;
}

/** What `penchant train --split k-fold:5 --json` prints. */
export interface TrainedParts {
  readonly model: string;
  readonly dataset: string;
  /** As it was asked for, such as `k-fold:5`. */
  readonly split: string;
  readonly runs: readonly TrainedRun[];
  readonly protocols: readonly ProtocolOverParts[];
  readonly seconds: number;
}

/** Trains and measures a run for each fold of a cross-validation, or for each window of time; each is a run of its own, NAME-fold-1 … */
export async function trainParts(
  session: Session,
  request: TrainingRequest,
  split: SplitChoice,
): Promise<TrainedParts> {
  const { kind, parts = 1 } = split;
  const stem = request.run ?? request.model.definition.name;
  if (request.resume) {
    fail("USAGE_ARGUMENTS", {
      what: "--resume goes on with one run, and this trains several",
      fix: `Go on with the one that was interrupted: --split ${splitText({ ...split, part: 1 })} --run NAME-${wordOf(kind)}-1 --resume.`,
    });
  }
  const started = performance.now();
  const runs: TrainedRun[] = [];
  const measured: Awaited<ReturnType<typeof evaluateRun>>[] = [];
  for (let part = 1; part <= parts; part++) {
    session.note(`${splitText({ kind, part, parts })} …`);
    const trained = await trainRun(session, {
      ...request,
      ...{ run: `${stem}-${wordOf(kind)}-${part}`, split: { kind, part, parts } },
    });
    runs.push(trained);
    measured.push(await evaluateRun(session, await readRun(session, trained.run), {}));
  }
  const protocols = (measured[0]?.protocols ?? []).map(({ protocol }) => {
    const named = <T extends { readonly protocol: string }>(all: readonly T[]) =>
      all.find((each) => each.protocol === protocol);
    return {
      protocol,
      run: overParts(measured.map((each) => named(each.protocols)?.metrics ?? {})),
      popularity: overParts(measured.map((each) => named(each.baselines.popularity.protocols)?.metrics ?? {})),
    };
  });
  return {
    ...{ model: request.model.definition.name, dataset: runs[0]?.dataset ?? "", split: splitText({ ...split }), runs },
    ...{ protocols, seconds: (performance.now() - started) / 1000 },
  };
}

const wordOf = (kind: SplitChoice["kind"]): string => (kind === "k-fold" ? "fold" : "window");

/** Metrics that every part has. */
function overParts(parts: readonly Readonly<Record<string, Interval>>[]): Readonly<Record<string, OverParts>> {
  const labels = Object.keys(parts[0] ?? {}).filter((label) => parts.every((part) => part[label]));
  return Object.fromEntries(
    labels.map((label) => [label, spread(parts.map((part) => part[label]?.value ?? Number.NaN))]),
  );
}

function spread(values: readonly number[]): OverParts {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, ...(values.length > 1 && { deviation: Math.sqrt(squares / (values.length - 1)) }), values };
}
