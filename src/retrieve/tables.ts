import type { Artifact } from "../artifact/types.ts";
import type { DataMatrices } from "../core/csr.ts";
import { dataName, isIdOf, parameterOf, USER_FEATURES } from "../graph/named.ts";
import type { Instruction, Plan } from "../graph/plan.ts";
import { pickedRows } from "./known-features.ts";

/** A plan's tables by name; other parameters too. */
export type Parameters = Readonly<Record<string, Float32Array>>;

/** The same plan over tables of another number of rows: only the tables' own shapes mention it. */
export function withRows(plan: Plan, tables: readonly string[], rows: number): Plan {
  return {
    ...plan,
    instructions: plan.instructions.map((instruction) =>
      tables.includes(parameterOf(instruction) ?? "")
        ? { ...instruction, shape: [rows, ...instruction.shape.slice(1)] }
        : instruction,
    ),
  };
}

/** Names of the tables that hold a row per user. */
export const userTables = ({ foldIn, history, newcomer }: Artifact["plans"]): readonly string[] =>
  (foldIn ?? history)?.userParameters ?? (newcomer ? [newcomer.users] : []);

/** Whether an instruction stands for what the users did: their history, or the same in order of time. */
export const isHistory = (instruction: Instruction): boolean =>
  ["history", "rated", "sequence"].includes(dataName(instruction) ?? "");

/** The data matrices of a plan with a row, and those with a column, for each user. */
export interface UserSides {
  readonly rows: ReadonlySet<string>;
  readonly columns: ReadonlySet<string>;
}

/** Names of the data matrices that ids of that side pick rows of. */
export function matricesBy({ instructions }: Plan, side: "user" | "item"): string[] {
  const picked = instructions.flatMap(({ op, inputs }): (readonly [number, number])[] => {
    const [a = -1, b = -1, c = -1, d = -1, e = -1] = inputs;
    if (op === "denseRows") return [[a, b]];
    if (op === "bag") return [[b, c]];
    if (op === "crossAttention") return [[d, e]];
    return op === "crossBag" ? [[b, d] as const, [c, e] as const] : [];
  });
  const own = picked.filter(([, ids]) => isIdOf(side, instructions[ids]));
  return [...new Set(own.flatMap(([matrix]) => dataName(instructions[matrix] as Instruction) ?? []))];
}

/** A matrix has users as rows where user ids pick them, as columns where what it adds up are rows of users. */
export function userSides(plan: Plan, tables: readonly string[]): UserSides {
  const { instructions } = plan;
  const rows = new Set(["history", "rated", "sequence", USER_FEATURES, ...matricesBy(plan, "user")]);
  const sums = instructions.flatMap(({ op, inputs }) => {
    const [table, matrix] = inputs.map((slot) => instructions[slot]);
    const name = matrix && dataName(matrix);
    return op === "bag" && table && name !== undefined ? [{ table, name }] : [];
  });
  const ofUsers = (table: Instruction) => tables.includes(parameterOf(table) ?? "") || rows.has(dataName(table) ?? "");
  return { rows, columns: new Set(sums.filter(({ table }) => ofUsers(table)).map(({ name }) => name)) };
}

/** The same plan over another number of users: of their tables, and of data matrices of users. */
export function withUsers(plan: Plan, tables: readonly string[], users: number): Plan {
  const { instructions, ...rest } = withRows(plan, tables, users);
  const { rows, columns } = userSides(plan, tables);
  const sized = (x: Instruction): Instruction => {
    const name = dataName(x);
    if (name === undefined) return x;
    const [height, width] = x.shape as readonly [number, number];
    return { ...x, shape: [rows.has(name) ? users : height, columns.has(name) ? users : width] };
  };
  return { ...rest, instructions: instructions.map(sized) };
}

/** Whether what a plan puts out under this name depends on one of these parameters. */
export function dependsOn({ instructions, outputs }: Plan, output: string, parameters: readonly string[]): boolean {
  const depends: boolean[] = [];
  for (const instruction of instructions) {
    const isOne = parameters.includes(parameterOf(instruction) ?? "");
    depends.push(isOne || instruction.inputs.some((slot) => depends[slot]));
  }
  return depends[outputs[output] ?? -1] ?? false;
}

/** Names of the plan's parameters. */
export function parametersOf({ instructions }: Plan): string[] {
  return instructions.flatMap((instruction) => parameterOf(instruction) ?? []);
}

/** Tables of which the plan reads nothing but the rows that the input `ids` asks for. */
export function tablesReadBy({ instructions, outputs }: Plan, ids: "user" | "item"): string[] {
  const isId = (slot: number | undefined) => isIdOf(ids, instructions[slot ?? -1]);
  const results = new Set(Object.values(outputs));
  return [...instructions.entries()].flatMap(([slot, instruction]) => {
    const readers = instructions.filter(({ inputs }) => inputs.includes(slot));
    const isLookup = readers.every(({ op, inputs }) => op === "gather" && inputs[0] === slot && isId(inputs[1]));
    return readers.length > 0 && isLookup && !results.has(slot) ? (parameterOf(instruction) ?? []) : [];
  });
}

/**
 * What a plan needs to answer for a few ids alone, which become 0, 1 …: an engine copies what it is given, and a catalogue may
 * have a million items.
 */
export function narrowed(
  plan: Plan,
  parameters: Parameters,
  input: "user" | "item",
  ids: Int32Array,
  data: DataMatrices = {},
): { plan: Plan; parameters: Parameters; data: DataMatrices } {
  const tables = tablesReadBy(plan, input);
  const rows = new Map(plan.instructions.map((each) => [parameterOf(each), each.shape[0] as number]));
  const own = parametersOf(plan).map((name) => {
    const values = parameters[name] as Float32Array;
    return [name, tables.includes(name) ? rowsOf(values, values.length / (rows.get(name) as number), ids) : values];
  });
  const few = withRows(plan, tables, ids.length);
  const picked = new Set(input === "item" ? matricesBy(plan, "item") : []);
  const sized = (x: Instruction) =>
    picked.has(dataName(x) ?? "") ? { ...x, shape: [ids.length, ...x.shape.slice(1)] } : x;
  const rowsOfThem = Object.entries(data).map(([name, all]) => [name, picked.has(name) ? pickedRows(all, ids) : all]);
  return {
    plan: { ...few, instructions: few.instructions.map(sized) },
    parameters: Object.fromEntries(own),
    data: Object.fromEntries(rowsOfThem) as DataMatrices,
  };
}

function rowsOf(table: Float32Array, width: number, ids: Int32Array): Float32Array {
  const rows = new Float32Array(ids.length * width);
  for (const [i, id] of ids.entries()) rows.set(table.subarray(id * width, (id + 1) * width), i * width);
  return rows;
}
