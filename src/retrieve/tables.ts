import type { Plan } from "../graph/plan.ts";

type Parameters = Readonly<Record<string, Float32Array>>;

/** Row of one user in a table of so many users. */
export function userRow(table: Float32Array, user: number, users: number): Float32Array {
  const width = table.length / users;
  return table.subarray(user * width, (user + 1) * width);
}

/** The average user's row of every table named. */
export function meanRows(
  parameters: Parameters,
  tables: readonly string[],
  users: number,
): Record<string, Float32Array> {
  return Object.fromEntries(tables.map((name) => [name, meanRow(parameters[name] as Float32Array, users)]));
}

function meanRow(table: Float32Array, rows: number): Float32Array {
  const width = table.length / rows;
  const sums = new Float64Array(width);
  for (let i = 0; i < table.length; i++) sums[i % width] = (sums[i % width] as number) + (table[i] as number);
  return Float32Array.from(sums, (sum) => sum / rows);
}

/** The same plan over tables of another number of users: only the tables' own shapes mention it. */
export function withUsers(plan: Plan, tables: readonly string[], users: number): Plan {
  const isTable = (attrs: object) => "name" in attrs && tables.includes(attrs.name as string);
  return {
    ...plan,
    instructions: plan.instructions.map((instruction) =>
      instruction.op === "param" && isTable(instruction.attrs)
        ? { ...instruction, shape: [users, ...instruction.shape.slice(1)] }
        : instruction,
    ),
  };
}
