import type { Artifact } from "../artifact/types.ts";
import type { Instruction, Plan } from "../graph/plan.ts";

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

/** Whether an instruction stands for the history of the users. */
export const isHistory = ({ op, attrs }: Instruction): boolean =>
  op === "data" && "name" in attrs && attrs.name === "history";

/** The same plan over another number of users: of their tables, and of their history. */
export function withUsers(plan: Plan, tables: readonly string[], users: number): Plan {
  const { instructions, ...rest } = withRows(plan, tables, users);
  const sized = (x: Instruction) => (isHistory(x) ? { ...x, shape: [users, ...x.shape.slice(1)] } : x);
  return { ...rest, instructions: instructions.map(sized) };
}

/** Names of the plan's parameters. */
export function parametersOf({ instructions }: Plan): string[] {
  return instructions.flatMap((instruction) => parameterOf(instruction) ?? []);
}

/** Tables of which the plan reads nothing but the rows that the input `ids` asks for. */
export function tablesReadBy({ instructions, outputs }: Plan, ids: string): string[] {
  const isId = (slot: number | undefined) => {
    const found = instructions[slot ?? -1];
    return found?.op === "input" && (found.attrs as { readonly name: string }).name === ids;
  };
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
  input: string,
  ids: Int32Array,
): { plan: Plan; parameters: Parameters } {
  const tables = tablesReadBy(plan, input);
  const rows = new Map(plan.instructions.map((each) => [parameterOf(each), each.shape[0] as number]));
  const own = parametersOf(plan).map((name) => {
    const values = parameters[name] as Float32Array;
    return [name, tables.includes(name) ? rowsOf(values, values.length / (rows.get(name) as number), ids) : values];
  });
  return { plan: withRows(plan, tables, ids.length), parameters: Object.fromEntries(own) };
}

function rowsOf(table: Float32Array, width: number, ids: Int32Array): Float32Array {
  const rows = new Float32Array(ids.length * width);
  for (const [i, id] of ids.entries()) rows.set(table.subarray(id * width, (id + 1) * width), i * width);
  return rows;
}

function parameterOf({ op, attrs }: Plan["instructions"][number]): string | undefined {
  return op === "param" ? (attrs as { readonly name: string }).name : undefined;
}
