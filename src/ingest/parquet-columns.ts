import { type FileMetaData, parquetSchema, type SchemaElement } from "hyparquet";
import { type Values, valuesOf } from "./parquet-values.ts";

type Node = ReturnType<typeof parquetSchema>;

/** A column with one cell in every row. */
export interface ParquetColumn {
  /** Its name; within a structure the names from outside in, joined by dots. */
  readonly name: string;
  /** Its place among all columns of the file, which is that of its chunk in a row group. */
  readonly number: number;
  readonly element: SchemaElement;
  /** Definition level of a cell that is there: the number of its ancestors and itself that may be absent. */
  readonly level: number;
  readonly values: Values;
}

export interface ParquetColumns {
  readonly columns: readonly ParquetColumn[];
  /** Names of what holds several values in a row: lists, maps, variants. */
  readonly several: readonly string[];
}

/** The columns of a file: its leaves, except for those of lists and maps. */
export function columnsOf(metadata: FileMetaData): ParquetColumns {
  const columns: ParquetColumn[] = [];
  const several: string[] = [];
  let number = 0;
  const visit = (node: Node, path: readonly string[], above: number): void => {
    const { element, children } = node;
    const name = path.join(".");
    const level = above + (element.repetition_type === "OPTIONAL" ? 1 : 0);
    if (isSeveral(element)) {
      several.push(name);
      number += leavesOf(node);
    } else if (children.length > 0) {
      for (const child of children) visit(child, [...path, child.element.name], level);
    } else if (element.type !== undefined) {
      columns.push({ name, number: number++, element, level, values: valuesOf(element) });
    }
  };
  for (const child of parquetSchema(metadata).children) visit(child, [child.element.name], 0);
  return { columns, several };
}

function isSeveral({
  repetition_type: repetition,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): boolean {
  return (
    repetition === "REPEATED" ||
    converted === "LIST" ||
    converted === "MAP" ||
    converted === "MAP_KEY_VALUE" ||
    ["LIST", "MAP", "VARIANT"].includes(logical?.type ?? "")
  );
}

const leavesOf = ({ children }: Node): number =>
  children.length === 0 ? 1 : children.reduce((sum, child) => sum + leavesOf(child), 0);
