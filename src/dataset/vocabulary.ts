import { fail } from "../core/errors.ts";
import { type Id, idText } from "../core/id.ts";
import { IdTable } from "../ingest/id-table.ts";

/**
 * The ids of all users, or of all items: strings outside, dense indices 0 .. size - 1 inside. Ids are kept as UTF-8 bytes
 * and compared byte for byte: "007", "7" and "７" are three ids.
 */
export class Vocabulary {
  readonly #table: IdTable;

  private constructor(table: IdTable) {
    this.#table = table;
  }

  /** Ids in the order given, whole numbers as their text. Throws DATA_ID for what is no id, DATA_INTERACTIONS when one repeats. */
  static from(ids: Iterable<Id>): Vocabulary {
    const table = new IdTable();
    for (const given of ids) {
      const [id, before] = [idText(given, "An entry of the vocabulary"), table.size];
      if (table.internText(id) !== before) repeated(id);
    }
    return new Vocabulary(table);
  }

  /** Takes over a table of ids; the caller must not add to it afterwards. */
  static fromTable(table: IdTable): Vocabulary {
    return new Vocabulary(table);
  }

  /** The inverse of `parts`. Throws DATA_INTERACTIONS when the offsets do not fit the bytes. */
  static fromParts(bytes: Uint8Array, offsets: Uint32Array): Vocabulary {
    let fits = offsets.length > 0 && offsets[0] === 0 && offsets[offsets.length - 1] === bytes.length;
    for (let i = 1; i < offsets.length && fits; i++) fits = (offsets[i] ?? 0) >= (offsets[i - 1] ?? 0);
    if (!fits) fail("DATA_INTERACTIONS", { what: "The offsets of a vocabulary do not fit its bytes" });
    return new Vocabulary(new IdTable(bytes, offsets));
  }

  get size(): number {
    return this.#table.size;
  }

  /** The id at an index in [0, size). Throws DATA_INTERACTIONS outside. */
  id(index: number): string {
    if (!(Number.isInteger(index) && index >= 0 && index < this.size)) {
      fail("DATA_INTERACTIONS", {
        what: "There is no id at this index",
        expected: `an integer in [0, ${this.size})`,
        received: String(index),
      });
    }
    return this.#table.text(index);
  }

  /** The index of an id, or undefined when it is unknown. Throws DATA_ID for what is none. */
  index(id: Id): number | undefined {
    const index = this.#table.findText(idText(id, "The id"));
    return index < 0 ? undefined : index;
  }

  /** All ids in order of their index. */
  *[Symbol.iterator](): Generator<string> {
    for (let index = 0; index < this.size; index++) yield this.#table.text(index);
  }

  toArray(): string[] {
    return [...this];
  }

  /** The exact bytes: id i is the UTF-8 text `bytes[offsets[i] .. offsets[i + 1])`. */
  get parts(): { readonly bytes: Uint8Array; readonly offsets: Uint32Array } {
    return this.#table.parts;
  }

  /** The vocabulary of the indices given, in their order. */
  pick(indices: Iterable<number>): Vocabulary {
    const { bytes, offsets } = this.parts;
    const table = new IdTable();
    for (const index of indices) table.intern(bytes, offsets[index] ?? 0, offsets[index + 1] ?? 0);
    return new Vocabulary(table);
  }
}

function repeated(id: string): never {
  return fail("DATA_INTERACTIONS", { what: `The id ${JSON.stringify(id)} occurs twice`, details: { id } });
}
