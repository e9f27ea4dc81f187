import { fail } from "../core/errors.ts";
import { fieldOf } from "../features/index.ts";
import { conforms } from "../pipeline/index.ts";
import { PutBody } from "../serve/index.ts";
import type { Fields } from "../store/index.ts";
import { openDataset } from "./datasets.ts";
import type { DescribedItem, DescribedItems } from "./item-import.ts";
import type { Session } from "./session.ts";

const isField = conforms(PutBody);

/**
 * Items as the features of a data set describe them, those of which something is known. Vectors, pictures and what no field can hold are left
 * out, and said. Throws FEATURE_MISSING where the data set has no features of items, and as `openDataset`.
 */
export async function itemsOfDataset(session: Session, name: string): Promise<DescribedItems> {
  const { interactions, features } = await openDataset(session, name);
  const columns = features?.items ?? [];
  if (columns.length === 0) {
    fail("FEATURE_MISSING", {
      what: `The data set "${name}" has no features of items`,
      fix: `Add some: penchant features ${name} --items FILE.`,
    });
  }
  const left = new Map<string, number>();
  const fieldsOf = (row: number): Fields => {
    const fields: Record<string, Fields[string]> = {};
    for (const { name: feature, kind, values } of columns) {
      const value = fieldOf(kind, values[row] ?? null);
      if (value === undefined) continue;
      if (isField({ fields: { [feature]: value } })) fields[feature] = value as Fields[string];
      else left.set(feature, (left.get(feature) ?? 0) + 1);
    }
    return fields;
  };
  const items: DescribedItem[] = [];
  for (let row = 0; row < interactions.items.size; row++) {
    const fields = fieldsOf(row);
    if (Object.keys(fields).length > 0) items.push({ item: interactions.items.id(row), fields });
  }
  const numbers = columns.filter(({ kind }) => kind === "vector" || kind === "image");
  return {
    items: () => items,
    leftOut: [
      ...numbers.map((column) => `${column.name}, which is ${column.kind === "image" ? "pictures" : "vectors"}`),
      ...[...left].map(
        ([feature, count]) => `${feature} of ${count} items, since its name or value is none of a field`,
      ),
    ],
  };
}
