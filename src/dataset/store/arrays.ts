import type { Dataset } from "../dataset.ts";
import type { EventRows } from "../event-rows.ts";
import { decodeFeatures, encodeFeatures } from "../feature-bytes.ts";
import { Interactions } from "../interactions.ts";
import type { TimedCsr } from "../timed.ts";
import { Vocabulary } from "../vocabulary.ts";
import type { Stored } from "./sections.ts";

/** Every array of a data set, by the name it is stored under. */
export function arraysOf({ interactions, given, features }: Omit<Dataset, "report">): Record<string, Stored> {
  const { users, items } = interactions;
  return {
    "users.bytes": users.parts.bytes,
    "users.offsets": users.parts.offsets,
    "items.bytes": items.parts.bytes,
    "items.offsets": items.parts.offsets,
    ...partArrays("train", interactions),
    ...partArrays("validation", given?.validation),
    ...partArrays("test", given?.test),
    ...csrArrays("candidates", given?.candidates),
    ...named("users.features", encodeFeatures(features?.users)),
    ...named("items.features", encodeFeatures(features?.items)),
    ...named("context.features", encodeFeatures(features?.context)),
  };
}

const named = (name: string, array: Stored | undefined): Record<string, Stored> => (array ? { [name]: array } : {});

function partArrays(name: string, part: Interactions | undefined): Record<string, Stored> {
  if (part === undefined) return {};
  const { byUser, recorded } = part;
  const events = `${name}.events`;
  return {
    ...csrArrays(name, byUser),
    ...(recorded && {
      ...csrArrays(events, part.events),
      ...named(`${events}.types`, recorded.types && part.events.types),
      [`${events}.kinds`]: new TextEncoder().encode(JSON.stringify(recorded.kinds)),
    }),
  };
}

function csrArrays(name: string, csr: TimedCsr | undefined): Record<string, Stored> {
  if (csr === undefined) return {};
  const arrays: Record<string, Stored> = { [`${name}.offsets`]: csr.offsets, [`${name}.items`]: csr.items };
  if (csr.values) arrays[`${name}.values`] = csr.values;
  if (csr.times) arrays[`${name}.times`] = csr.times;
  if (csr.order) arrays[`${name}.order`] = csr.order;
  if (csr.context) arrays[`${name}.context`] = csr.context;
  return arrays;
}

/** The inverse of `arraysOf`; undefined when an array is missing or of another type, an error when they contradict. */
export function datasetOf(arrays: Readonly<Record<string, Stored>>): Omit<Dataset, "report"> | undefined {
  const users = vocabulary(arrays, "users");
  const items = vocabulary(arrays, "items");
  if (!users || !items) return undefined;
  const part = (name: string): Interactions | undefined => {
    const found = csr(arrays, name);
    return found && new Interactions(users, items, found, events(arrays, `${name}.events`));
  };
  const [interactions, test] = [part("train"), part("test")];
  if (!interactions) return undefined;
  const given = test && { validation: part("validation"), test, candidates: csr(arrays, "candidates") };
  const features = decodeFeatures(
    ["users", "items", "context"].map((side) => [side, arrays[`${side}.features`]] as const),
  );
  return { interactions, given, ...(features && { features }) };
}

function vocabulary(arrays: Readonly<Record<string, Stored>>, name: string): Vocabulary | undefined {
  const [bytes, offsets] = [arrays[`${name}.bytes`], arrays[`${name}.offsets`]];
  if (!(bytes instanceof Uint8Array && offsets instanceof Uint32Array)) return undefined;
  return Vocabulary.fromParts(bytes, offsets);
}

function events(arrays: Readonly<Record<string, Stored>>, name: string): EventRows | undefined {
  const [rows, types, kinds] = [csr(arrays, name), arrays[`${name}.types`], arrays[`${name}.kinds`]];
  if (!rows || !(kinds instanceof Uint8Array)) return undefined;
  const names = JSON.parse(new TextDecoder().decode(kinds)) as string[];
  return { ...rows, ...(types instanceof Int32Array && { types }), kinds: names };
}

function csr(arrays: Readonly<Record<string, Stored>>, name: string): TimedCsr | undefined {
  const [offsets, items] = [arrays[`${name}.offsets`], arrays[`${name}.items`]];
  if (!(offsets instanceof Int32Array && items instanceof Int32Array)) return undefined;
  const [values, times, order] = [arrays[`${name}.values`], arrays[`${name}.times`], arrays[`${name}.order`]];
  const context = arrays[`${name}.context`];
  return {
    offsets,
    items,
    ...(values instanceof Float32Array && { values }),
    ...(times instanceof Float64Array && { times }),
    ...(order instanceof Int32Array && { order }),
    ...(context instanceof Int32Array && { context }),
  };
}
