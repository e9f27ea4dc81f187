import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";

/** Types of columns: UTF-8 text, 32-bit integers, floating point; a question mark: the cell may be empty. */
const TYPES = { text: "STRING", int32: "INT32", float32: "FLOAT", float64: "DOUBLE", "float64?": "DOUBLE" } as const;
export type ParquetTypes = Readonly<Record<string, keyof typeof TYPES>>;

/** A cell of a column of this type. */
export type ParquetCell<Type> = Type extends "text" ? string : Type extends "float64?" ? number | null : number;

/** Some rows, column by column; all columns have the same length. */
export type ParquetRows<T extends ParquetTypes> = {
  readonly [Name in keyof T]: ArrayLike<ParquetCell<T[Name]>>;
};

/** Rows of a row group: what a reader decodes at once, and what is held here before it is written. */
const GROUP = 1 << 17;

/**
 * Writes rows to a Parquet file as they come (Snappy) and returns how many there were. Batches may have any
 * size: memory is that of one row group of 131,072 rows. The file appears under its name when it is complete and on the disk;
 * where `batches` or the disk fails it does not appear, and one that was there stays. Same rows, same bytes.
 */
export async function writeParquet<T extends ParquetTypes>(
  path: string,
  types: T,
  batches: AsyncIterable<ParquetRows<T>> | Iterable<ParquetRows<T>>,
): Promise<number> {
  const aside = `${path}.${process.pid}.part`;
  try {
    const rows = await fillFile(aside, (file) => writeGroups(file, types, batches));
    await rename(aside, path);
    return rows;
  } finally {
    await rm(aside, { force: true }).catch(() => {}); // nothing to remove
  }
}

/** Makes a file, forced to the disk. */
async function fillFile<T>(path: string, fill: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, "w");
  try {
    const result = await fill(file);
    await file.sync();
    return result;
  } finally {
    await file.close();
  }
}

async function writeGroups<T extends ParquetTypes>(
  file: FileHandle,
  types: T,
  batches: AsyncIterable<ParquetRows<T>> | Iterable<ParquetRows<T>>,
): Promise<number> {
  const names: readonly (keyof T & string)[] = Object.keys(types);
  const columns = names.map((name) => ({
    name,
    type: TYPES[types[name] ?? "text"],
    nullable: types[name] === "float64?",
  }));
  const bytes = new ByteWriter(1 << 20);
  const schema = schemaFromColumnData({ columnData: columns.map((column) => ({ ...column, data: [] })) });
  const parquet = new ParquetWriter({ writer: bytes, schema, createdBy: "penchant" });
  let group: (string | number | null)[][] = names.map(() => []);
  let rows = 0;
  const flush = async (): Promise<void> => {
    const columnData = names.map((name, i) => ({ name, data: group[i] ?? [] }));
    await parquet.write({ columnData, rowGroupSize: GROUP });
    await drain(bytes, file);
    group = names.map(() => []);
  };
  for await (const batch of batches) {
    const length = batch[names[0] ?? ""]?.length ?? 0;
    for (let row = 0; row < length; row++) {
      for (let i = 0; i < names.length; i++) group[i]?.push(batch[names[i] ?? ""]?.[row] as string | number | null);
      rows++;
      if (rows % GROUP === 0) await flush();
    }
  }
  await flush();
  await parquet.finish();
  await drain(bytes, file);
  return rows;
}

/** Moves the bytes written so far to the file. */
async function drain(bytes: ByteWriter, file: FileHandle): Promise<void> {
  const data = bytes.getBytes();
  for (let done = 0; done < data.length; ) done += (await file.write(data, done)).bytesWritten;
  bytes.index = 0;
}
