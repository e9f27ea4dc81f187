import type { Dataset } from "../dataset.ts";
import { decodeFeatures, encodeFeatures } from "../features.ts";
import { Interactions } from "../interactions.ts";
import type { TimedCsr } from "../timed.ts";
import { Vocabulary } from "../vocabulary.ts";
import type { Stored } from "./sections.ts";

/** Every array of a data set, by the name it is stored under. */
export function arraysOf({ interactions, given, features }: Omit<Dataset, "report">): Record<string, Stored> {
  const { users, items, byUser } = interactions;
  return {
    "users.bytes": users.parts.bytes,
    "users.offsets": users.parts.offsets,
    "items.bytes": items.parts.bytes,
    "items.offsets": items.parts.offsets,
    ...csrArrays("train", byUser),
    ...csrArrays("validation", given?.validation?.byUser),
    ...csrArrays("test", given?.test.byUser),
    ...csrArrays("candidates", given?.candidates),
    ...named("users.features", encodeFeatures(features?.users)),
    ...named("items.features", encodeFeatures(features?.items)),
  };
}

const named = (name: string, array: Stored | undefined): Record<string, Stored> => (array ? { [name]: array } : {});

function csrArrays(name: string, csr: TimedCsr | undefined): Record<string, Stored> {
  if (csr === undefined) return {};
  const arrays: Record<string, Stored> = { [`${name}.offsets`]: csr.offsets, [`${name}.items`]: csr.items };
  if (csr.values) arrays[`${name}.values`] = csr.values;
  if (csr.times) arrays[`${name}.times`] = csr.times;
  if (csr.order) arrays[`${name}.order`] = csr.order;
  return arrays;
}

/** The inverse of `arraysOf`; undefined when an array is missing or of another type, an error when they contradict. */
export function datasetOf(arrays: Readonly<Record<string, Stored>>): Omit<Dataset, "report"> | undefined {
  const users = vocabulary(arrays, "users");
  const items = vocabulary(arrays, "items");
  const train = csr(arrays, "train");
  if (!users || !items || !train) return undefined;
  const part = (name: string): Interactions | undefined => {
    const found = csr(arrays, name);
    return found && new Interactions(users, items, found);
  };
  const test = part("test");
  const given = test && { validation: part("validation"), test, candidates: csr(arrays, "candidates") };
  const [ofUsers, ofItems] = [arrays["users.features"], arrays["items.features"]];
  const bytes = (array: Stored | undefined) => (array instanceof Uint8Array ? array : undefined);
  const features = decodeFeatures(bytes(ofUsers), bytes(ofItems));
  return { interactions: new Interactions(users, items, train), given, ...(features && { features }) };
}

function vocabulary(arrays: Readonly<Record<string, Stored>>, name: string): Vocabulary | undefined {
  const [bytes, offsets] = [arrays[`${name}.bytes`], arrays[`${name}.offsets`]];
  if (!(bytes instanceof Uint8Array && offsets instanceof Uint32Array)) return undefined;
  return Vocabulary.fromParts(bytes, offsets);
}

function csr(arrays: Readonly<Record<string, Stored>>, name: string): TimedCsr | undefined {
  const [offsets, items] = [arrays[`${name}.offsets`], arrays[`${name}.items`]];
  if (!(offsets instanceof Int32Array && items instanceof Int32Array)) return undefined;
  const [values, times, order] = [arrays[`${name}.values`], arrays[`${name}.times`], arrays[`${name}.order`]];
  return {
    offsets,
    items,
    ...(values instanceof Float32Array && { values }),
    ...(times instanceof Float64Array && { times }),
    ...(order instanceof Int32Array && { order }),
  };
}
