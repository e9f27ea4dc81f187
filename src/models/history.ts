import { data } from "../graph/ops.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Catalog } from "../nn/model.ts";

/** What each user did, every event counting as one: a data matrix `[users, items]` that comes with the interactions. */
export const historyOf = ({ users, items }: Pick<Catalog, "users" | "items">): Tensor<"f32", "data"> =>
  data("history", users, items);
