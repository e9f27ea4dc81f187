import { type DiagramElement, drawElements } from "../graph/diagram.ts";
import { mermaidOf } from "../graph/mermaid.ts";
import { PAST_WORDS, type Pipeline, type PipelineFilter, type Source, type Step, stepName } from "./schema.ts";

/** Characters of a condition that a box shows. */
const MOST = 64;

/** A pipeline as an SVG image, drawn as models are: items at the bottom, the page on top. */
export const drawPipeline = (pipeline: Pipeline, title: string): string =>
  drawElements(elementsOf(pipeline), { title, caption: "candidates, ranking, rules" });

/** The same as a Mermaid flowchart. */
export const pipelineMermaid = (pipeline: Pipeline): string => mermaidOf(elementsOf(pipeline));

/** What is drawn, inputs before users: filters are inside the search of every source, so they stand with the items. */
function elementsOf({ candidates, filter = ["seen"], merge = "rank", rank, rerank = [], k = 10 }: Pipeline) {
  const conditions = filter.map((one) => cut(filterLine(one)));
  const items: DiagramElement = { lines: ["items", ...conditions], role: "input", inputs: [] };
  const elements = [items];
  const add = (role: DiagramElement["role"], lines: readonly string[], inputs: readonly DiagramElement[]) => {
    const element = { role, lines, inputs };
    elements.push(element);
    return element;
  };
  const sources = candidates.map((source) => add("embedding", linesOf(source), [items]));
  let last = sources[0] as DiagramElement;
  if (sources.length > 1) {
    const how = merge === "rank" ? "by reciprocal places" : "one of each in turn";
    last = add("operation", ["merge", how], sources);
  }
  if (rank !== undefined) last = add("dense", ["rank", rank], [last]);
  for (const step of rerank) last = add("operation", [stepName(step), ...settingsOf(step)], [last]);
  add("output", ["page", `${k} item${k === 1 ? "" : "s"}`], [last]);
  return elements;
}

function filterLine(filter: PipelineFilter): string {
  if (typeof filter === "object") {
    return "met" in filter
      ? `what was met by ${filter.met.join(", ")} left out`
      : `rated below ${filter.ratedBelow} left out`;
  }
  return PAST_WORDS.some((word) => word === filter) ? `what was ${filter} left out` : filter;
}

function linesOf(source: Source): string[] {
  const by = "field" in source ? [`by ${source.field}`] : "index" in source && source.index ? ["by its index"] : [];
  return [source.from, `${source.n} best`, ...by];
}

/** `lambda 0.7`, a line each; of a list how many there are. */
function settingsOf(step: Step): string[] {
  const [settings] = Object.values(step) as [object];
  if (Array.isArray(settings)) return [`${settings.length} item${settings.length === 1 ? "" : "s"}`];
  return Object.entries(settings).map(([name, value]) =>
    cut(`${name} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`),
  );
}

const cut = (text: string): string => (text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text);
