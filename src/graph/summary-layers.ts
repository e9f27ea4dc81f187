import { elements } from "./shapes.ts";
import { type OpAttrs, type OpName, type Shape, type Tensor, topologicalOrder, type UnaryFn } from "./tensor.ts";

/** What a layer is to the eye: how diagrams colour it. */
export type LayerRole = "input" | "embedding" | "dense" | "parameter" | "operation";

/** A layer of a graph: the nodes that one scope made, or a single operation between layers. */
export interface Layer {
  /** The scope (`mlp/0`), the input's or parameter's name, or the operation's (`concatenate`, `concatenate_1`). */
  readonly name: string;
  /** `Embedding`, `Dense · relu`, `Concatenate` … */
  readonly kind: string;
  readonly role: LayerRole;
  /** Shape of the layer's result. */
  readonly shape: Shape;
  readonly trainable: number;
  /** Parameters that no gradient changes. */
  readonly frozen: number;
  readonly inputs: readonly Layer[];
  readonly nodes: readonly Tensor[];
}

interface Group {
  readonly scope: string | undefined;
  readonly nodes: Tensor[];
  readonly inputs: Set<Group>;
}

/** Layers of the graph that `outputs` reach, inputs before users; parameters are counted in the layer that made them. */
export function layersOf(outputs: readonly Tensor[]): Layer[] {
  const groups = groupNodes(topologicalOrder(outputs));
  const sorted = sortGroups([...new Set(groups.values())]);
  const names = nameGroups(sorted);
  const layers = new Map<Group, Layer>();
  for (const group of sorted) {
    const inputs = [...group.inputs].map((input) => layers.get(input) as Layer);
    layers.set(group, describe(group, names.get(group) as string, inputs));
  }
  return [...layers.values()];
}

/** Assigns each node to a group: by scope, unless that closed a circle (a layer called on its own result). */
function groupNodes(order: readonly Tensor[]): Map<Tensor, Group> {
  const groups = new Map<Tensor, Group>();
  const open = new Map<string, Group>();
  const users = countUsers(order);
  for (const node of order) {
    // A later call of a layer uses its parameters; that is no connection to the first.
    const flowing = node.inputs.filter((input) => input.op !== "param" || input.scope !== node.scope);
    const inputs = new Set(flowing.map((input) => groups.get(input) as Group));
    const found = home(node, groups, open, users);
    const joins = found !== undefined && ![...inputs].some((input) => input !== found && reaches(input, found));
    const group = joins ? found : { scope: scopeOf(node), nodes: [], inputs: new Set<Group>() };
    group.nodes.push(node);
    for (const input of inputs) if (input !== group) group.inputs.add(input);
    if (group.scope !== undefined) open.set(group.scope, group);
    groups.set(node, group);
  }
  return groups;
}

/** Inputs belong to the model, wherever they were made. */
const scopeOf = (node: Tensor): string | undefined => (node.op === "input" ? undefined : node.scope);

/** The group that a node would join: its scope's, or its operand's where the two are one operation to a reader. */
function home(
  node: Tensor,
  groups: ReadonlyMap<Tensor, Group>,
  open: ReadonlyMap<string, Group>,
  users: ReadonlyMap<Tensor, number>,
): Group | undefined {
  const scope = scopeOf(node);
  if (scope !== undefined) return open.get(scope);
  const [first] = node.inputs;
  if (!first) return undefined;
  const own = groups.get(first);
  if (node.op === "reshape" || node.op === "stopGradient") return own;
  const alone = first.scope === undefined && users.get(first) === 1;
  const isPart = (node.op === "gather" && first.op === "param") || (node.op === "sumLast" && first.op === "mul");
  return alone && isPart ? own : undefined;
}

function countUsers(order: readonly Tensor[]): Map<Tensor, number> {
  const users = new Map<Tensor, number>();
  for (const node of order) for (const input of node.inputs) users.set(input, (users.get(input) ?? 0) + 1);
  return users;
}

/** Adds to `order` what the group depends on and then the group itself, each once. */
function visit(group: Group, order: Set<Group>): void {
  if (order.has(group)) return;
  for (const input of group.inputs) visit(input, order);
  order.add(group);
}

/** Whether `from` depends on `target`. */
function reaches(from: Group, target: Group): boolean {
  const needed = new Set<Group>();
  visit(from, needed);
  return needed.has(target);
}

/** The model's inputs, then every group after those that it depends on, else in order of appearance. */
function sortGroups(groups: readonly Group[]): Group[] {
  const isInput = ({ nodes }: Group) => nodes[0]?.op === "input";
  const sorted = new Set(groups.filter(isInput));
  for (const group of groups) visit(group, sorted);
  return [...sorted];
}

/** A scope's name goes to the groups that own its parameters and to its last; between them are plain operations. */
function nameGroups(groups: readonly Group[]): Map<Group, string> {
  const last = new Map(groups.map((group) => [group.scope, group]));
  const taken = new Map<string, number>();
  const names = new Map<Group, string>();
  for (const group of groups) {
    const bearsName = last.get(group.scope) === group || group.nodes.some((node) => node.op === "param");
    const base = (bearsName && group.scope) || baseName(group.nodes);
    const count = taken.get(base) ?? 0;
    taken.set(base, count + 1);
    names.set(group, count === 0 ? base : `${base}_${count}`);
  }
  return names;
}

function baseName(nodes: readonly Tensor[]): string {
  const [first] = nodes;
  if (first?.op === "input" || first?.op === "param") return (first.attrs as OpAttrs["input"]).name;
  return wordsOf(nodes).join("_").toLowerCase();
}

function describe({ nodes, scope }: Group, name: string, inputs: readonly Layer[]): Layer {
  const parameters = nodes.filter((node): node is Tensor<"f32", "param"> => node.op === "param");
  const size = (trainable: boolean) =>
    parameters.reduce((sum, { attrs, shape }) => sum + (attrs.trainable === trainable ? elements(shape) : 0), 0);
  // A reshape that follows from outside the scope belongs to the reading, not to the layer.
  const own = nodes.filter((node) => scopeOf(node) === scope && node.op !== "param");
  const result = own.at(-1) ?? (nodes.at(-1) as Tensor);
  return { name, ...kindOf(nodes), shape: result.shape, trainable: size(true), frozen: size(false), inputs, nodes };
}

function kindOf(nodes: readonly Tensor[]): { readonly kind: string; readonly role: LayerRole } {
  const has = (op: OpName) => nodes.some((node) => node.op === op);
  const functions = [...new Set(nodes.filter(isUnary).map((node) => node.attrs.fn))];
  if (has("input")) return { kind: "Input", role: "input" };
  if (has("unfold")) return { kind: ["Convolution", ...functions].join(" · "), role: "dense" };
  if (has("matmul")) return { kind: ["Dense", ...functions].join(" · "), role: "dense" };
  if (nodes.some(isEmbedding)) return { kind: nodes.some(isColumn) ? "Bias" : "Embedding", role: "embedding" };
  if (has("crossBag")) return { kind: "Crosses", role: "embedding" };
  if (has("bag")) return { kind: "Bag", role: "embedding" };
  if (functions.includes("rsqrt") && has("sumLast"))
    return { kind: has("spmm") ? "Projection · unit length" : "Unit length", role: "operation" };
  if (functions.includes("rsqrt")) return { kind: "Batch normalization", role: "operation" };
  if (nodes.every((node) => node.op === "param" || isUnary(node)) && has("param"))
    return { kind: ["Parameter", ...functions].join(" · "), role: "parameter" };
  return { kind: wordsOf(nodes).join(", "), role: "operation" };
}

const isUnary = (node: Tensor): node is Tensor<"f32", "unary"> => node.op === "unary";
/** Rows of a table that was learned; those of a computed one are a look-up. */
const isEmbedding = (node: Tensor): boolean => node.op === "gather" && node.inputs[0]?.op === "param";
const isColumn = (node: Tensor): boolean => node.op === "gather" && node.shape.at(-1) === 1;

const words: Partial<Record<OpName, string>> = {
  gather: "Look up",
  spmm: "Propagate",
  crossAttention: "Attention",
  batchMatmul: "Product of each row",
  denseRows: "Rows as they are",
  pool: "Pool",
  add: "Add",
  sub: "Subtract",
  mul: "Multiply",
  div: "Divide",
  concat: "Concatenate",
  sumLast: "Sum",
  reduceTo: "Reduce",
  broadcastTo: "Broadcast",
  expandLast: "Expand",
  affine: "Scale",
  constant: "Constant",
  slice: "Slice",
  pad: "Pad",
  dropout: "Dropout",
  reshape: "Reshape",
};

/** What a group does, each operation once; a product that is summed is an inner product. */
function wordsOf(nodes: readonly Tensor[]): string[] {
  const products = nodes.filter((node) => node.op === "mul");
  const dots = new Set(nodes.filter((node) => node.op === "sumLast" && products.includes(node.inputs[0] as Tensor)));
  const factors = new Set([...dots].flatMap((node) => node.inputs));
  const all = nodes
    .filter((node) => node.op !== "param" && !factors.has(node))
    .map((node) => (dots.has(node) ? "Dot" : isUnary(node) ? capital(node.attrs.fn) : (words[node.op] ?? node.op)));
  const distinct = [...new Set(all)];
  const telling = distinct.filter((word) => word !== "Reshape");
  return telling.length > 0 ? telling : distinct;
}

const capital = (fn: UnaryFn): string => fn.slice(0, 1).toUpperCase() + fn.slice(1);
