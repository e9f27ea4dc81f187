import { totalmem } from "node:os";
import { fail } from "../../core/errors.ts";
import type { DataMatrices, FeedSpec, TrainSpec } from "../../engine/contract.ts";
import { rowsPerEpoch } from "../../engine/reference/feed.ts";
import type { Instruction, Plan } from "../../graph/plan.ts";
import { isRows } from "../../graph/shapes.ts";
import { isRowSparse, type OpAttrs } from "../../graph/tensor.ts";
import type { TrainingSettings } from "../settings/settings.ts";
import { bytes } from "../told/progress/text.ts";
import type { Job } from "./job.ts";
import { slotsPerWeight } from "./optimizer.ts";

/** What a run will take, worked out from sizes alone before it starts. */
export interface Estimate {
  /** Numbers in the model, statistics included. */
  readonly parameters: number;
  readonly rowsPerEpoch: number;
  readonly stepsPerEpoch: number;
  /** Bytes on top of an idle process; the whole run's peak. */
  readonly memoryBytes: number;
  /**
   * All epochs, and those of the refit, without validation. A guess from nominal speeds, within a factor of three or so; once training runs, the
   * remaining time in progress events is measured.
   */
  readonly seconds: number;
}

/** Nominal speeds: multiply-adds and plain element operations per second and thread. */
const SPEED = {
  native: { multiplyAdds: 3e10, elements: 5e9, threads: true },
  wasm: { multiplyAdds: 8e9, elements: 1.3e9, threads: true },
  reference: { multiplyAdds: 1e8, elements: 5e7, threads: false },
} as const;

/** Products of a sparse matrix wait for memory: of so many multiply-adds one is done. */
const SPARSE = 3;

/** Element operations that feeding one row costs (drawing and checking a negative). */
const FEED_COST = 20;

/** The estimate of a prepared job; nothing but its parameters where nothing is trained. */
export function estimateOf(
  { spec, settings, engine, threads, validation, scorePlan, before }: Job,
  { writesCheckpoints, isRefitted }: { readonly writesCheckpoints: boolean; readonly isRefitted: boolean },
): Estimate {
  if (!spec) {
    const parameters = parameterCount(scorePlan);
    return { parameters, rowsPerEpoch: 0, stepsPerEpoch: 0, memoryBytes: 4 * parameters, seconds: 0 };
  }
  const parameterCopies =
    (validation ? 2 : 0) + (isRefitted ? 1 : 0) + (writesCheckpoints ? 3 : 0) + (before.length > 0 ? 1 : 0);
  const of = ({ plan, feed, data }: TrainSpec, settings: TrainingSettings): Estimate =>
    estimate({ plan, feed, data, settings, engine: engine.name, threads, parameterCopies });
  const last = of(spec, settings);
  const stages = [...before.map((stage) => of(stage.spec, stage.settings)), last];
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const memoryBytes = Math.max(...stages.map((stage) => stage.memoryBytes));
  return { ...last, memoryBytes, seconds: isRefitted ? 2 * seconds : seconds };
}

export interface EstimateInput {
  readonly plan: Plan;
  readonly feed: FeedSpec;
  readonly data?: DataMatrices | undefined;
  readonly settings: TrainingSettings;
  readonly engine: keyof typeof SPEED;
  readonly threads: number;
  /** Copies of the parameters kept besides the live ones: the best epoch, a checkpoint being written. */
  readonly parameterCopies: number;
}

export function estimate({
  plan,
  feed,
  data = {},
  settings,
  engine,
  threads,
  parameterCopies,
}: EstimateInput): Estimate {
  const rows = rowsPerEpoch(feed);
  const steps = Math.ceil(rows / settings.batchSize);
  const work = workPerRow(plan, settings, entriesPerRow(plan, feed));
  const speed = SPEED[engine];
  const perRow = work.multiplyAdds / speed.multiplyAdds + (work.elements + FEED_COST) / speed.elements;
  const spread = propagation(plan, data);
  const perStep = work.perStep / speed.elements + (SPARSE * spread.multiplyAdds) / speed.multiplyAdds;
  const seconds = (settings.epochs * (rows * perRow + steps * perStep)) / (speed.threads ? threads : 1);
  const parameters = parameterCount(plan);
  const weightBytes = 4 * (parameters * (2 + parameterCopies) + slotCount(plan, settings.optimizer));
  const rowBytes = 4 * work.width * Math.min(settings.batchSize, Math.max(rows, 1));
  const dataBytes = csrBytes(feed.interactions) + csrBytes(feed.known) + spread.bytes;
  const bytesPerNumber = engine === "reference" ? 2 : 1;
  return {
    parameters,
    rowsPerEpoch: rows,
    stepsPerEpoch: steps,
    memoryBytes: Math.round((weightBytes + rowBytes) * bytesPerNumber + dataBytes),
    seconds,
  };
}

const csrBytes = ({ offsets, items, values }: FeedSpec["known"]): number =>
  offsets.byteLength + items.byteLength + (values?.byteLength ?? 0);

/** Elements of an array, of one row of it where it has a batch dimension. */
const elements = ({ shape }: Instruction): number =>
  shape.reduce<number>((product, dim) => product * (typeof dim === "number" ? dim : 1), 1);

export function parameterCount(plan: Plan): number {
  return plan.instructions.filter(({ op }) => op === "param").reduce((sum, x) => sum + elements(x), 0);
}

/** Numbers that the optimizers remember. */
function slotCount({ instructions }: Plan, training: TrainingSettings["optimizer"]): number {
  const slots = ({ optimizer }: OpAttrs["param"]) => slotsPerWeight[optimizer?.kind ?? training];
  const parameters = instructions.filter(({ op }) => op === "param") as readonly Instruction<"param">[];
  return parameters.reduce((sum, x) => sum + elements(x) * slots(x.attrs), 0);
}

/** Per step: products of data matrices with tables; bytes of their results and of both forms of the matrices. */
function propagation({ instructions }: Plan, data: DataMatrices): { multiplyAdds: number; bytes: number } {
  const products = instructions.filter(({ op }) => op === "spmm");
  const matrices = products.map(({ inputs }) => {
    const matrix = instructions[inputs[0] as number] as Instruction<"data">;
    return data[matrix.attrs.name] ?? { offsets: new Int32Array(), items: new Int32Array() };
  });
  const multiplyAdds = products.reduce((sum, x, i) => sum + (matrices[i]?.items.length ?? 0) * rowWidth(x), 0);
  const tables = products.reduce((sum, x) => sum + 4 * elements(x), 0);
  return {
    multiplyAdds,
    bytes: tables + [...new Set(matrices)].reduce((sum, matrix) => sum + 2 * csrBytes(matrix), 0),
  };
}

/** Entries of a user on average, where a plan looks at what users did one by one. */
function entriesPerRow({ instructions }: Plan, { interactions, users }: FeedSpec): number {
  const unroll = instructions.find(({ op }) => op === "unroll");
  const newest = unroll ? (unroll.attrs as OpAttrs["unroll"]).newest : 0;
  return Math.min(newest, interactions.items.length / Math.max(1, users));
}

interface Work {
  /** Per row. */
  multiplyAdds: number;
  /** Per row. */
  elements: number;
  /** Elements, per step. */
  perStep: number;
  /** Numbers held per row. */
  width: number;
}

function workPerRow(plan: Plan, settings: TrainingSettings, entries: number): Work {
  const work: Work = { multiplyAdds: 0, elements: 0, perStep: 0, width: 0 };
  // What updating a weight costs next to reading it: the weight, its slots and the arithmetic between.
  const update = 4 + 2 * slotsPerWeight[settings.optimizer];
  for (const instruction of plan.instructions) {
    if (instruction.op === "param" || instruction.op === "input") continue;
    const ofEntries = [instruction, ...instruction.inputs.map((slot) => plan.instructions[slot])].some(
      (x) => x?.shape[0] === "entries",
    );
    const times = ofEntries ? entries : 1;
    const size = elements(instruction) * times;
    if (instruction.op === "matmul") work.multiplyAdds += matmulWork(instruction, plan) * times;
    // A row looks at half of the others, for scores and for sums; the gradient does that twice over.
    else if (instruction.op === "attention") work.multiplyAdds += size * entries;
    else if (instruction.op === "attentionGrad") work.multiplyAdds += size * entries;
    else if (instruction.op === "scatterAdd") {
      // Its shape is that of the table; what moves is one row of the table per row of the batch.
      work.elements += update * rowWidth(instruction) * times;
    } else if (isRows(instruction.shape)) work.elements += size;
    if (isRows(instruction.shape)) work.width += size;
  }
  for (const [name, slot] of Object.entries(plan.outputs)) {
    const instruction = plan.instructions[slot];
    if (!instruction || !name.startsWith("grad:")) continue;
    if (!isRowSparse(instruction) || (settings.optimizer.startsWith("adam") && !settings.lazy)) {
      work.perStep += update * elements(instruction);
    }
  }
  return work;
}

const rowWidth = ({ shape }: Instruction): number => (typeof shape[1] === "number" ? shape[1] : 1);

/** Multiply-adds per row of the batch: either a row is multiplied by a matrix, or rows are reduced into one. */
function matmulWork({ attrs, inputs, shape }: Instruction, plan: Plan): number {
  const { transposeA } = attrs as OpAttrs["matmul"];
  const left = plan.instructions[inputs[0] ?? 0];
  const inner = left?.shape[transposeA ? 0 : 1];
  const [rows = 1, columns = 1] = shape.map((dim) => (typeof dim === "number" ? dim : 1));
  return rows * columns * (typeof inner === "number" ? inner : 1);
}

/** Throws ENGINE_MEMORY, before anything is allocated, where the weights and what the optimizer keeps of each cannot fit. */
export function checkMemory(
  plan: Plan,
  { optimizer }: Pick<TrainingSettings, "optimizer">,
  available = memoryOfMachine(),
): void {
  const parameters = parameterCount(plan);
  // the least there is: the weights as they are drawn, those of the engine, its slots
  const needed = 4 * (2 * parameters + slotCount(plan, optimizer));
  if (needed <= available) return;
  fail("ENGINE_MEMORY", {
    what: `The model has ${parameters.toLocaleString("en-US")} parameters, which do not fit into memory`,
    expected: `at most ${bytes(available)}`,
    received: bytes(needed),
    fix: "Choose smaller sizes, such as factors and hidden, or a data set with fewer users and items.",
    details: { parameters, needed, available },
  });
}

/** Bytes of the machine, or of the share of it that the process may use. */
function memoryOfMachine(): number {
  const share = process.constrainedMemory?.() ?? 0;
  return share > 0 ? Math.min(share, totalmem()) : totalmem();
}
