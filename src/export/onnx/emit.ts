import { fail } from "../../core/errors.ts";
import { parameterOf } from "../../graph/named.ts";
import type { Instruction, Plan } from "../../graph/plan.ts";
import { isRows } from "../../graph/shapes.ts";
import type { OpAttrs } from "../../graph/tensor.ts";
import type { Entries } from "./entries.ts";
import type { OnnxGraph } from "./graph.ts";
import { type Operand, translate } from "./operators.ts";
import { emitSparse } from "./sparse.ts";

/** What a value has one row for: nothing (it has no batch), each user, each item, or each pair of them. */
export type Domain = "none" | "user" | "item" | "pair";

export interface Emission {
  readonly graph: OnnxGraph;
  readonly plan: Plan;
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** Names of the int64 ids that stand for the plan's inputs, made on demand. */
  readonly inputs: Readonly<Record<string, () => string>>;
  readonly batchRows: () => string;
  /** Repeats the rows of a user's or item's value so that there is one per pair. Absent where the inputs are pairs already. */
  readonly lift?: (operand: Operand, from: "user" | "item") => string;
  /** What is added up by the rows of a data matrix, by its name. Absent: files without data matrices. */
  readonly sums?: Readonly<Record<string, (table: Operand) => string>>;
  /** Data matrices by name and size, as tables. Absent: files without tables of data. */
  readonly matrices?: (name: string, size: readonly [number, number]) => Operand;
  /** What a row of the batch did, event by event. Absent: files without events. */
  readonly entries?: Entries;
  /** Rows of a parameter by ids. Absent: its rows as they are. */
  readonly rows?: (table: Operand, parameter: string, ids: Operand) => string;
}

/** Adds everything that an output of the plan needs to the graph; returns the name of its value, one row per pair. */
export function emit(emission: Emission, output = "score"): string {
  const { plan, lift } = emission;
  const score = plan.outputs[output];
  if (score === undefined) {
    return fail("ARTIFACT_EXPORT", {
      what: `The plan has no ${output}`,
      expected: `an output named "${output}"`,
      received: Object.keys(plan.outputs).join(", "),
    });
  }
  const emitter = new Emitter(emission);
  for (const slot of needed(plan, score)) emitter.add(slot);
  return lift ? emitter.lifted(score) : emitter.operand(score).name;
}

class Emitter {
  readonly #emission: Emission;
  readonly #operands = new Map<number, Operand>();
  readonly #domains = new Map<number, Domain>();
  readonly #lifted = new Map<number, string>();

  constructor(emission: Emission) {
    this.#emission = emission;
  }

  add(slot: number): void {
    const instruction = this.#emission.plan.instructions[slot] as Instruction;
    const domain = this.#domainOf(instruction);
    this.#domains.set(slot, domain);
    this.#operands.set(slot, { name: this.#emit(instruction, domain), shape: instruction.shape });
  }

  operand(slot: number): Operand {
    return this.#operands.get(slot) as Operand;
  }

  /** The value with one row per pair. */
  lifted(slot: number): string {
    const domain = this.#domains.get(slot);
    const operand = this.operand(slot);
    if (!this.#emission.lift || (domain !== "user" && domain !== "item")) return operand.name;
    const known = this.#lifted.get(slot);
    const name = known ?? this.#emission.lift(operand, domain);
    this.#lifted.set(slot, name);
    return name;
  }

  #emit(instruction: Instruction, domain: Domain): string {
    const { graph, batchRows, entries } = this.#emission;
    if (instruction.op === "input") return this.#input(instruction as Instruction<"input">);
    if (instruction.op === "param") return this.#param(instruction as Instruction<"param">);
    const own = this.#ownRows(instruction);
    if (own !== undefined) return own;
    const operands = instruction.inputs.map((slot) =>
      domain === "pair" ? { ...this.operand(slot), name: this.lifted(slot) } : this.operand(slot),
    );
    return translate({ graph, batchRows, ...(entries && { entries }) }, operands, instruction);
  }

  /** What the file has in place of a data matrix and of what it adds up, and of rows that ids ask for. */
  #ownRows(instruction: Instruction): string | undefined {
    const { rows, plan } = this.#emission;
    const sparse = emitSparse(this.#emission, instruction, (slot) => this.operand(slot));
    if (sparse !== undefined) return sparse;
    const [table] = instruction.inputs.map((slot) => plan.instructions[slot]);
    const parameter = table && parameterOf(table);
    if (instruction.op !== "gather" || !rows || parameter === undefined) return undefined;
    const [values, by] = instruction.inputs as readonly [number, number];
    return rows(this.operand(values), parameter, this.operand(by));
  }

  #input({ attrs }: Instruction<"input">): string {
    return (
      this.#emission.inputs[attrs.name]?.() ??
      fail("ARTIFACT_EXPORT", {
        what: `The plan asks for an input that a scoring model does not have: "${attrs.name}"`,
        expected: Object.keys(this.#emission.inputs).join(", "),
      })
    );
  }

  #param({ attrs: { name }, shape }: Instruction<"param">): string {
    const values = this.#emission.parameters[name];
    const dims = shape as readonly number[];
    const size = dims.reduce((product, dim) => product * dim, 1);
    if (values?.length !== size) {
      fail("ARTIFACT_EXPORT", {
        what: `The weights do not fit the plan at "${name}"`,
        expected: `${size} values for [${dims.join(", ")}]`,
        received: values ? `${values.length} values` : "none",
      });
    }
    return this.#emission.graph.weights(`weights/${name}`, dims, values);
  }

  #domainOf({ op, attrs, inputs, shape }: Instruction): Domain {
    if (op === "input") {
      const { name } = attrs as OpAttrs["input"];
      return name === "user" || name === "item" ? name : "pair";
    }
    const domain = inputs.map((slot) => this.#domains.get(slot) as Domain).reduce(join, "none");
    if (domain === "none") return isRows(shape) ? "user" : "none";
    // One row's score would depend on the other rows: batch statistics belong to training.
    if (!isRows(shape)) {
      fail("ARTIFACT_EXPORT", { what: `The plan mixes the rows of a batch (${op} to [${shape.join(", ")}])` });
    }
    return domain;
  }
}

function join(a: Domain, b: Domain): Domain {
  if (a === "none" || a === b) return b;
  return b === "none" ? a : "pair";
}

/** Slots that `output` depends on, ascending. */
function needed({ instructions }: Plan, output: number): number[] {
  const slots = new Set([output]);
  for (let slot = output; slot >= 0; slot--) {
    if (slots.has(slot)) for (const input of (instructions[slot] as Instruction).inputs) slots.add(input);
  }
  return [...slots].sort((a, b) => a - b);
}
