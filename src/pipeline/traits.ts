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

/** What tells how alike the items of a list are: what a field has, or the vectors of the model with the say. Throws CONFIG_PIPELINE. */
export async function traitsOf(field: string | undefined, { asker, model, list }: Listed): Promise<Traits> {
  if (field !== undefined)
    return numbered(
      list.map(({ item }) => textsOf(asker.fields(item)[field])),
      field,
    );
  const vectors = await asker.vectors(
    model,
    list.map(({ item }) => item),
  );
  if (vectors) return { vectors: vectors.values, width: vectors.width };
  return fail("CONFIG_PIPELINE", {
    what: `The model ${JSON.stringify(model)} has no item vectors to tell by how alike two items are`,
    fix: 'Say the field to compare them by, as in {"mmr": {"field": "genre"}}, or rank with a model that has vectors.',
  });
}

/** Each text as a number, in the order of their first mention. */
function numbered(texts: readonly (readonly string[])[], field: string): Traits {
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = numbers.get(text) ?? numbers.size;
    if (known === numbers.size) numbers.set(text, known);
    return known;
  };
  const rows = texts.map((own) => Int32Array.from(new Set(own), numberOf).sort());
  if (numbers.size === 0) nothingIn(field);
  return { sets: stack(rows), things: numbers.size };
}

export function nothingIn(field: string): never {
  return fail("CONFIG_PIPELINE", {
    what: `No candidate has a field ${JSON.stringify(field)}`,
    fix: "Name a field that items have (PUT /v1/items/ID, or penchant items).",
  });
}
