/** What is known of users, items and events besides their ids, as inputs of a model. */
import { fail } from "../core/errors.ts";
import { CONTEXT, EVENT_CONTEXT, ITEM_FEATURES, USER_FEATURES } from "../graph/named.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Catalog } from "./catalog.ts";
import type { Columns, Described, Ids, SideInputs, SparseRows } from "./inputs.ts";

/** A data matrix by name, the same one for all calls. */
type DataOf = (name: string, rows: number, columns: number) => Tensor<"f32", "data">;

/** Ids of one side. */
export function sideInputs(side: "user" | "item", id: Ids, { features, ...sizes }: Catalog, data: DataOf): SideInputs {
  const size = sizes[`${side}s`];
  const columns = features?.[`${side}s`] ?? 0;
  const known = {
    ...{ id, size, featureCount: columns },
    picture: side === "item" ? features?.picture : undefined,
  };
  return withFeatures(known, () => {
    if (columns === 0) {
      fail("FEATURE_MISSING", {
        what: `The model reads features of ${side}s, and the data have none`,
        fix: `Add them (penchant features DATASET --${side}s FILE, or the option features of fit).`,
      });
    }
    return { matrix: data(side === "user" ? USER_FEATURES : ITEM_FEATURES, size, columns), ids: id };
  });
}

/** Events: in training a row for each of them, in answering one for each user. */
export function contextInputs(
  { context = { columns: 0, events: 0 }, users }: Catalog,
  isTraining: boolean,
  { user, event }: Columns,
  data: DataOf,
): Described {
  const { columns, events } = context;
  return withFeatures({ featureCount: columns }, () => {
    if (columns === 0) {
      fail("FEATURE_MISSING", {
        what: "The model reads the context of events, and the data have none",
        fix: "Import columns of it (penchant import FILE --context device), or name what the time tells (--context hour).",
      });
    }
    if (isTraining) return { matrix: data(EVENT_CONTEXT, events, columns), ids: event };
    return { matrix: data(CONTEXT, users, columns), ids: user };
  });
}

/** With a property that is asked for: spreading it would ask. */
const withFeatures = <T extends object>(known: T, get: () => SparseRows): T & Pick<Described, "features"> =>
  Object.defineProperty(known as T & Pick<Described, "features">, "features", { get });
