import type { FileHandle } from "node:fs/promises";
import type { PageHeader, RowGroup } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { ParquetBytes } from "./parquet-bytes.ts";
import type { ParquetColumn } from "./parquet-columns.ts";
import { decodeDictionary, decodePage, type Page, type PageFormat } from "./parquet-page.ts";
import type { Raw } from "./parquet-values.ts";

/** Bytes that a page header has at first: most have fewer than a hundred. */
const HEADER = 1 << 12;

/** Walks down one column of a file, page by page. */
export class ParquetCursor {
  readonly column: ParquetColumn;
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #groups: Iterator<RowGroup>;
  #bytes: ParquetBytes | undefined;
  #format: PageFormat | undefined;
  #dictionary: ArrayLike<Raw> | undefined;
  /** Rows of the row group that are in later pages. */
  #left = 0;
  #page: Page = { rows: 0, values: [] };
  #row = 0;

  constructor(file: FileHandle, size: number, groups: readonly RowGroup[], column: ParquetColumn) {
    this.#file = file;
    this.#size = size;
    this.#groups = groups[Symbol.iterator]();
    this.column = column;
  }

  /** Makes rows ready where none is; returns how many are, 0 at the end of the column. */
  async fill(): Promise<number> {
    while (this.#row >= this.#page.rows) {
      if (this.#left > 0) await this.#nextPage();
      else if (!this.#nextGroup()) return 0;
    }
    return this.#page.rows - this.#row;
  }

  /** The cell of the next row, which is ready; undefined where it is empty. */
  take(): Raw | undefined {
    const row = this.#row++;
    const { values, places } = this.#page;
    const place = places ? (places[row] ?? -1) : row;
    return place < 0 ? undefined : values[place];
  }

  #nextGroup(): boolean {
    const { value: group, done } = this.#groups.next();
    if (done) return false;
    this.#left = Number(group.num_rows);
    this.#dictionary = undefined;
    const chunk = group.columns[this.column.number];
    if (chunk?.file_path) throw new Error("its columns are in other files");
    const meta = chunk?.meta_data;
    if (!meta || chunk?.crypto_metadata) throw new Error("a column is encrypted or has no description");
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
    const end = start + Number(meta.total_compressed_size);
    if (!(start >= 0 && start <= end && end <= this.#size)) throw new Error("a column lies outside of the file");
    this.#bytes = new ParquetBytes(this.#file, start, end);
    const { element, level } = this.column;
    this.#format = { element, level, codec: meta.codec, size: Number(meta.total_uncompressed_size) };
    return true;
  }

  async #nextPage(): Promise<void> {
    if (!this.#bytes || !this.#format) return;
    const header = await readHeader(this.#bytes);
    const bytes = await this.#bytes.take(header.compressed_page_size);
    if (header.type === "DICTIONARY_PAGE") {
      this.#dictionary = decodeDictionary(header, bytes, this.#format);
    } else if (header.type === "DATA_PAGE" || header.type === "DATA_PAGE_V2") {
      this.#page = decodePage(header, bytes, this.#format, this.#dictionary, this.#left);
      this.#row = 0;
      this.#left -= this.#page.rows;
    }
  }
}

async function readHeader(bytes: ParquetBytes): Promise<PageHeader> {
  if (bytes.left === 0) throw new Error("a column has fewer rows than its row group");
  for (let length = HEADER; ; length *= 8) {
    const start = await bytes.peek(length);
    const reader = { view: new DataView(start.buffer, start.byteOffset, start.length), offset: 0 };
    try {
      const header = parquetHeader(reader);
      await bytes.take(reader.offset);
      return header;
    } catch (error) {
      if (length >= bytes.left) throw error; // it was whole
    }
  }
}
