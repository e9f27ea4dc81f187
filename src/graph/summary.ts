import { type Layer, layersOf } from "./summary-layers.ts";
import type { Shape, Tensor } from "./tensor.ts";

/** One row of a summary: a layer, not an operation. */
export interface SummaryRow {
  readonly name: string;
  readonly kind: string;
  /** Shape of the layer's result; `"batch"` stands for any number of rows. */
  readonly shape: Shape;
  /** Numbers that the layer owns, trainable or not. */
  readonly parameters: number;
  readonly connectedTo: readonly string[];
}

export interface Summary {
  readonly layers: readonly SummaryRow[];
  readonly parameters: number;
  readonly trainable: number;
  readonly frozen: number;
  /** Bytes of the weights as float32. */
  readonly weightBytes: number;
  /** Bytes of weights and optimizer state while Adam trains them: two more numbers per trainable parameter. */
  readonly trainingBytes: number;
}

/** What a graph consists of, layer by layer, inputs first: `summary(scoreGraph(neuMf(), catalog))`. */
export function summary(outputs: Readonly<Record<string, Tensor>>): Summary {
  const layers = layersOf(Object.values(outputs));
  const total = (count: (layer: Layer) => number) => layers.reduce((sum, layer) => sum + count(layer), 0);
  const [trainable, frozen] = [total((layer) => layer.trainable), total((layer) => layer.frozen)];
  return {
    layers: layers.map(rowOf),
    parameters: trainable + frozen,
    trainable,
    frozen,
    weightBytes: 4 * (trainable + frozen),
    trainingBytes: 4 * (3 * trainable + frozen),
  };
}

const rowOf = ({ name, kind, shape, trainable, frozen, inputs }: Layer): SummaryRow => ({
  name,
  kind,
  shape,
  parameters: trainable + frozen,
  connectedTo: inputs.map((input) => input.name),
});

/** `[batch, 8]`. */
export const formatShape = (shape: Shape): string => `[${shape.join(", ")}]`;
/** 392,601. */
export const formatCount = (count: number): string => count.toLocaleString("en-US");

/** 1.5 MiB. */
export function formatBytes(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const digits = power === 0 ? 0 : 1;
  return `${(bytes / 1024 ** power).toFixed(digits)} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

/**
 * The summary as text: a table of the layers and a line of totals, no trailing newline. `trained` false (default true): of a model
 * that is counted or solved for, which has no optimizer.
 */
export function formatSummary(
  { layers, parameters, trainable, frozen, ...bytes }: Summary,
  { trained = true }: { readonly trained?: boolean } = {},
): string {
  const training = trained ? `, ${formatBytes(bytes.trainingBytes)} while Adam trains them` : "";
  const weights = `Memory: ${formatBytes(bytes.weightBytes)} of weights${training}`;
  const rows = layers.map(({ name, kind, shape, parameters: own, connectedTo }) => [
    `${name} (${kind})`,
    formatShape(shape),
    formatCount(own),
    connectedTo.join(", "),
  ]);
  const lines = table([["Layer (kind)", "Output shape", "Parameters", "Connected to"], ...rows]);
  const rule = "─".repeat(Math.max(...lines.map((line) => line.length)));
  const [head, ...body] = lines;
  return [
    head,
    rule,
    ...body,
    rule,
    `Parameters: ${formatCount(parameters)}${trained ? ` (${formatCount(trainable)} trainable, ${formatCount(frozen)} frozen)` : ""}`,
    ...(parameters > 0 ? [weights] : []),
    ...(trained
      ? []
      : [
          "Nothing is trained: parameters are counted or solved for, and matrices (data) are as large as what they come from makes them.",
        ]),
  ].join("\n");
}

/** Columns two spaces apart; the third, of numbers, to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
