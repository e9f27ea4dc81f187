import { layOut } from "./diagram-layout.ts";
import { type Captions, type DiagramBox, drawSvg, measure } from "./diagram-svg.ts";
import { formatCount, formatShape } from "./summary.ts";
import { type Layer, type LayerRole, layersOf } from "./summary-layers.ts";
import type { Tensor } from "./tensor.ts";

export interface DiagramOptions {
  /** Written above the drawing. Default: none. */
  readonly title?: string;
}

/**
 * The architecture as an SVG image: a box per layer with its shape and parameters, inputs at the bottom, outputs on top, as
 * papers draw it. Plain shapes and text (no scripts, fonts or links), the same bytes for the same graph.
 */
export function diagram(outputs: Readonly<Record<string, Tensor>>, options: DiagramOptions = {}): string {
  const parameters = layersOf(Object.values(outputs)).reduce(
    (sum, { trainable, frozen }) => sum + trainable + frozen,
    0,
  );
  const caption = `${formatCount(parameters)} parameters`;
  return drawElements(diagramElements(outputs), { title: options.title, caption });
}

/** Elements as an SVG image, each above its inputs, which stand before it in the list. */
export function drawElements(elements: readonly DiagramElement[], captions: Captions): string {
  const index = new Map(elements.map((element, i) => [element, i]));
  const boxes = elements.map(
    ({ lines, role, inputs }): DiagramBox => ({
      lines,
      role,
      ...measure(lines, role),
      inputs: inputs.map((input) => index.get(input) as number),
      isSource: role === "input",
    }),
  );
  return drawSvg(boxes, layOut(boxes, { column: 22, row: 38 }), captions);
}

/** Something to draw: a layer, or an output of the graph. */
export interface DiagramElement {
  /** Name first. */
  readonly lines: readonly string[];
  readonly role: LayerRole | "output";
  readonly inputs: readonly DiagramElement[];
}

/** What diagrams show, inputs before users. */
export function diagramElements(outputs: Readonly<Record<string, Tensor>>): DiagramElement[] {
  const layers = layersOf(Object.values(outputs));
  const elements = new Map<Layer, DiagramElement>();
  for (const layer of layers) {
    const inputs = layer.inputs.map((input) => elements.get(input) as DiagramElement);
    elements.set(layer, { lines: linesOf(layer), role: layer.role, inputs });
  }
  const results = Object.entries(outputs).map(([name, tensor]): DiagramElement => {
    const layer = layers.find(({ nodes }) => nodes.includes(tensor)) as Layer;
    const inputs = [elements.get(layer) as DiagramElement];
    return { lines: [name, formatShape(tensor.shape)], role: "output", inputs };
  });
  return [...elements.values(), ...results];
}

function linesOf({ name, kind, role, shape, trainable, frozen }: Layer): string[] {
  if (role === "input") return [name, formatShape(shape)];
  const count = trainable + frozen;
  const parameters = count === 0 ? [] : [`${formatCount(count)} parameter${count === 1 ? "" : "s"}`];
  // An operation's own name only numbers it ("concatenate_1").
  if (role === "operation" && name.replace(/_\d+$/, "") === kind.toLowerCase()) return [kind, formatShape(shape)];
  return [name, `${kind} ${formatShape(shape)}`, ...parameters];
}
