import { fail } from "../core/errors.ts";
import { type Judgement, judge, LOGLOSS, parseGate } from "../evaluate/index.ts";
import { type MeasuredRun, measuredRun } from "./comparison.ts";
import { differencesTo } from "./differences.ts";
import type { Session } from "./session.ts";

interface Asked {
  /** Conditions as they were written. */
  readonly gates: readonly string[];
  readonly k?: number | undefined;
}

/**
 * Whether the second of two runs may take the place of the first: what each condition asks for, and how it is met. Throws
 * EVAL_GATE with the reason where one is not, CONFIG_VALUE, EVAL_UNPAIRED, USAGE_ARGUMENTS.
 */
export async function judgeGates(
  session: Session,
  names: readonly string[],
  { gates, k }: Asked,
): Promise<readonly Judgement[]> {
  if (gates.length === 0) return [];
  const parsed = gates.map(parseGate);
  const [first, second] = names;
  if (first === undefined || second === undefined || names.length > 2) {
    return fail("USAGE_ARGUMENTS", {
      what: "A gate stands between two runs",
      received: `${names.length} runs`,
      fix: 'Name the run that is there, then the one that is to replace it: penchant compare OLD NEW --gate "ndcg@10 full >= -0.5%".',
    });
  }
  const [old, candidate] = [await measuredRun(session, first, k), await measuredRun(session, second, k)];
  checkSamePart(old, candidate);
  const columns = parsed.map(({ protocol, metric }) => ({ protocol, label: metric, than: first }));
  const sources = [old, candidate].map((of) => ({ name: of.run.name, of, scorer: "run" }));
  const differences = await differencesTo(sources, { columns, seed: session.seed });
  const judgements = parsed.map((gate) => {
    const value = measuredValue(old, gate.protocol, gate.metric);
    measuredValue(candidate, gate.protocol, gate.metric);
    const found = differences.find((each) => each.protocol === gate.protocol && each.metric === gate.metric);
    return judge(gate, value, found?.difference ?? unpaired(gate.text));
  });
  const missed = judgements.filter(({ passed }) => !passed);
  if (missed.length > 0) {
    fail("EVAL_GATE", {
      what: `"${second}" does not take the place of "${first}": ${missed.map(({ reason }) => reason).join("; ")}`,
      details: { gates: judgements },
    });
  }
  return judgements;
}

function measuredValue({ run, evaluation: { protocols } }: MeasuredRun, protocol: string, metric: string): number {
  const measured = protocols.find((each) => each.protocol === protocol);
  const found = measured?.metrics[metric];
  if (found) return found.value;
  if (metric === LOGLOSS && measured) return noLogloss(run.name, protocol);
  return fail("CONFIG_VALUE", {
    what: `Nothing was measured that is called ${metric} ${protocol}`,
    expected: measured
      ? `one of ${Object.keys(measured.metrics).join(", ")}`
      : `a protocol of ${protocols.map((each) => each.protocol).join(", ")}`,
    received: `${metric} ${protocol}`,
    fix: "Choose one of those, or another length of the lists with -k.",
  });
}

function noLogloss(run: string, protocol: string): never {
  return fail("CONFIG_VALUE", {
    what:
      protocol === "full"
        ? "The log loss is measured where candidates are listed, and the full protocol ranks without a list"
        : `"${run}" has no log loss: its scores are no probabilities, or it was measured by an older version`,
    expected: `${LOGLOSS} sampled-99, of runs that learned by binary cross-entropy`,
    received: `${LOGLOSS} ${protocol} of "${run}"`,
    fix: "Judge by a metric of the order, such as ndcg@10 or auc; what an older version measured: penchant evaluate RUN.",
  });
}

function checkSamePart(a: MeasuredRun, b: MeasuredRun): void {
  const part = ({ run: { metadata } }: MeasuredRun): string =>
    JSON.stringify([metadata.dataset.fingerprint, metadata.split]);
  if (part(a) === part(b)) return;
  fail("EVAL_UNPAIRED", {
    what: `"${a.run.name}" and "${b.run.name}" were not measured on the same test part`,
    received: `${describePart(a)}; ${describePart(b)}`,
  });
}

const describePart = ({ run: { metadata } }: MeasuredRun): string =>
  `${metadata.dataset.name ?? "data"} (${metadata.dataset.fingerprint.slice(0, 8)}), ${metadata.split.kind} split, seed ${metadata.split["seed"]}`;

function unpaired(gate: string): never {
  return fail("EVAL_UNPAIRED", {
    what: `There are no values by user to judge "${gate}" by`,
    fix: "Measure both runs again: penchant evaluate RUN.",
  });
}
