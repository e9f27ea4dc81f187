import type { ProfileEntry } from "../../../engine/contract.ts";
import type { Instruction, Plan } from "../../../graph/plan.ts";
import type { OpAttrs, OpName, Shape } from "../../../graph/tensor.ts";

/** Where in a training step work belongs; `engine`: what no instruction of the plan asks for, such as drawing samples. */
export type ProfilePhase = "forward" | "backward" | "update" | "engine";

/** What an entry of a profile is about, in terms of the plan. */
export interface ProfileLabel {
  /** For people: `product + relu mlp/0/kernel`. */
  readonly label: string;
  readonly phase: ProfilePhase;
  readonly op: OpName | null;
  /** The parameter that is read, whose gradient is computed, or that is updated. */
  readonly parameter: string | null;
  /** Of the value that is computed. */
  readonly shape: Shape | null;
}

/** What the engine's own work is, by its name in profiles. */
const ownWork: Readonly<Record<string, string>> = {
  sample: "draw the samples",
  touch: "find the distinct rows",
  reduce: "add up parts of sums",
  wait: "wait for other threads",
  other: "loss and bookkeeping",
};

/** Names the entries of a plan's profiles. */
export function labelerOf(plan: Plan): (entry: ProfileEntry) => ProfileLabel {
  const forward = forwardSlots(plan);
  const gradients = gradientNames(plan);
  return ({ what, slot, parameter }) => {
    const instruction = slot === undefined ? undefined : plan.instructions[slot];
    if (slot === undefined || !instruction) return unplanned(what, parameter);
    const own = gradients.get(slot) ?? ownParameter(plan, slot, what);
    const near = own ?? nearestParameter(plan, [slot]);
    const place = near === undefined ? [] : [own === undefined ? `after ${near}` : near];
    return {
      label: [verb(what, instruction), ...place].join(" "),
      phase: (what === "pack" ? isPackedForward(plan, slot, forward) : forward.has(slot)) ? "forward" : "backward",
      op: instruction.op,
      parameter: own ?? null,
      shape: instruction.shape,
    };
  };
}

function unplanned(what: string, parameter: string | undefined): ProfileLabel {
  const rest = { op: null, shape: null, parameter: parameter ?? null };
  if (parameter !== undefined) return { ...rest, label: `${what} ${parameter}`, phase: "update" };
  return { ...rest, label: ownWork[what] ?? what, phase: "engine" };
}

/** What the loss and the running statistics depend on; everything else is there for gradients. */
function forwardSlots(plan: Plan): ReadonlySet<number> {
  const isForward = ([name]: readonly [string, number]) => !name.startsWith("grad:");
  const seen = new Set<number>();
  const stack = Object.entries(plan.outputs)
    .filter(isForward)
    .map(([, slot]) => slot);
  for (let slot = stack.pop(); slot !== undefined; slot = stack.pop()) {
    if (seen.has(slot)) continue;
    seen.add(slot);
    stack.push(...inputsOf(plan, slot));
  }
  return seen;
}

/** A matrix is packed anew where a product reads it transposed, which most do on the way back. */
function isPackedForward(plan: Plan, slot: number, forward: ReadonlySet<number>): boolean {
  return plan.instructions.some(
    ({ op, attrs, inputs }, user) =>
      op === "matmul" && inputs[1] === slot && (attrs as OpAttrs["matmul"]).transposeB && forward.has(user),
  );
}

const sums: ReadonlySet<OpName> = new Set(["add", "sparseSum", "toDense", "reshape"]);

/** The parameter whose gradient a slot is, or is a term of. */
function gradientNames(plan: Plan): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [output, root] of Object.entries(plan.outputs)) {
    if (!output.startsWith("grad:")) continue;
    const stack = [root];
    for (let slot = stack.pop(); slot !== undefined; slot = stack.pop()) {
      if (!names.has(slot)) names.set(slot, output.slice("grad:".length));
      if (sums.has(opOf(plan, slot))) stack.push(...inputsOf(plan, slot));
    }
  }
  return names;
}

/** The engine does a product together with the bias, activation or mask after it, and names the last of these. */
function ownParameter(plan: Plan, slot: number, what: string): string | undefined {
  if (opOf(plan, slot) === "param") return nameOf(plan, slot);
  const product = what === "product" ? productBelow(plan, slot) : undefined;
  const direct = inputsOf(plan, product ?? slot).find((input) => opOf(plan, input) === "param");
  if (direct !== undefined) return nameOf(plan, direct);
  return product === undefined ? undefined : nearestParameter(plan, inputsOf(plan, product).slice(1));
}

function productBelow(plan: Plan, slot: number): number | undefined {
  const op = opOf(plan, slot);
  if (op === "matmul") return slot;
  if (op !== "add" && op !== "unary" && op !== "unaryGrad" && op !== "reshape") return undefined;
  // The first two operands of a gradient are the argument and the value of the function.
  const below = inputsOf(plan, slot).slice(op === "unaryGrad" ? 2 : 0);
  for (const input of below) {
    const product = productBelow(plan, input);
    if (product !== undefined) return product;
  }
  return undefined;
}

/** The first parameter met on the way from the slots to the inputs, breadth first. */
function nearestParameter(plan: Plan, slots: readonly number[]): string | undefined {
  const queue = [...slots];
  const seen = new Set(queue);
  for (const slot of queue) {
    if (opOf(plan, slot) === "param") return nameOf(plan, slot);
    for (const input of inputsOf(plan, slot)) {
      if (seen.has(input)) continue;
      seen.add(input);
      queue.push(input);
    }
  }
  return undefined;
}

function verb(what: string, { op, attrs }: Instruction): string {
  const fn = op === "unary" || op === "unaryGrad" ? (attrs as OpAttrs["unary"]).fn : undefined;
  if (what === "product") {
    if (op === "unaryGrad") return `product + ${fn} gradient`;
    return op === "matmul" ? what : `product + ${fn ?? "bias"}`;
  }
  if (what === "binary") return op;
  if (fn === undefined) return what;
  return what === "unary gradient" ? `${fn} gradient` : what.replace("unary", fn);
}

const opOf = (plan: Plan, slot: number): OpName => (plan.instructions[slot] as Instruction).op;
const inputsOf = (plan: Plan, slot: number): readonly number[] => (plan.instructions[slot] as Instruction).inputs;
const nameOf = (plan: Plan, slot: number): string =>
  ((plan.instructions[slot] as Instruction).attrs as OpAttrs["param"]).name;
