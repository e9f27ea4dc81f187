/**
 * Random: the other baseline, what a ranking is worth without any information. An order of its own for each user: the
 * inner product of random vectors that are never trained.
 */
import { gather, param, rowDot } from "../graph/ops.ts";
import { defineModel } from "../nn/model.ts";

/** Wide enough that the users' orders are practically independent of each other. */
const WIDTH = 16;

/** No options: any is a mistake, which the compiler says too. */
export const random = defineModel<Record<string, never>>({
  name: "random",
  title: "Random order",
  paper: "baseline",
  task: "none",
  defaults: {},
  options: {},
  training: {},
  build({ users, items }) {
    const table = (name: string, rows: number) => param(name, [rows, WIDTH], { kind: "normal", stddev: 1 }, false);
    const [userTable, itemTable] = [table("random/user", users), table("random/item", items)];
    return ({ user, item }) => rowDot(gather(userTable, user), gather(itemTable, item));
  },
});
