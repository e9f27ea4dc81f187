import { stack } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import type { Traits } from "../rerank/index.ts";
import { textsOf } from "./fields.ts";
import type { Asker, Candidate } from "./types.ts";

interface Listed {
  readonly asker: Asker;
  /** The model with the say. */
  readonly model: string;
  readonly list: readonly Candidate[];
}

/**
 * What tells how alike the items of a list are: what a field has, or the vectors of the model with the say; undefined where none of them has the field.
 * Throws CONFIG_PIPELINE where there are no vectors.
 */
export async function traitsOf(field: string | undefined, { asker, model, list }: Listed): Promise<Traits | undefined> {
  if (field !== undefined) return numbered(list.map(({ item }) => textsOf(asker.fields(item)[field])));
  const items = list.map(({ item }) => item);
  const vectors = await asker.vectors(model, items);
  if (vectors) return { vectors: vectors.values, width: vectors.width };
  return fail("CONFIG_PIPELINE", {
    what: `The model ${JSON.stringify(model)} has no item vectors to tell by how alike two items are`,
    fix: 'Say the field to compare them by, as in {"mmr": {"field": "genre"}}, or rank with a model that has vectors.',
  });
}

/** Each text as a number, in the order of their first mention. */
function numbered(texts: readonly (readonly string[])[]): Traits | undefined {
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = numbers.get(text) ?? numbers.size;
    if (known === numbers.size) numbers.set(text, known);
    return known;
  };
  const rows = texts.map((own) => Int32Array.from(new Set(own), numberOf).sort());
  return numbers.size === 0 ? undefined : { sets: stack(rows), things: numbers.size };
}
