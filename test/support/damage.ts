import fc from "fast-check";

/** Where a document holds something: keys from the outside in. */
type Path = readonly (string | number)[];

function paths(value: unknown, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...at, key], ...paths(inner, [...at, key])]);
}

export interface Change {
  readonly at: number;
  readonly kind: "set" | "move" | "remove";
  readonly value: unknown;
  readonly from: number;
}

/** Some changes, each of which puts one of `values`, something of another place or nothing in a place. */
export const changesOf = (values: fc.Arbitrary<unknown>): fc.Arbitrary<Change[]> =>
  fc.array(
    fc.record({
      at: fc.nat(),
      kind: fc.constantFrom("set", "set", "move", "remove"),
      value: values,
      from: fc.nat(),
    }),
    { minLength: 1, maxLength: 3 },
  );

/** What JSON can hold in place of something else. */
export const anyJson = fc.oneof(
  fc.constantFrom<unknown>(-1, 0, 1, 0.5, 1e300, 2 ** 33, 2 ** 53, null, true, "", "..", "x", [], {}, [1], [[]]),
  fc.nat(60),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A copy of the document with some places changed. */
export function changed<T>(document: T, list: readonly Change[]): T {
  const copy = structuredClone(document);
  const places = paths(copy);
  const look = (path: Path): unknown =>
    path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], copy);
  for (const { at, kind, value, from } of list) {
    const path = places[at % places.length] as Path;
    const [parent, key] = [look(path.slice(0, -1)), path.at(-1) as string];
    if (typeof parent !== "object" || parent === null) continue;
    if (kind === "remove" && Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (kind === "remove") Reflect.deleteProperty(parent, key);
    else Reflect.set(parent, key, kind === "set" ? value : structuredClone(look(places[from % places.length] as Path)));
  }
  return copy;
}
