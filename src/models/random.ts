/**
 * Random: the other baseline, what a ranking is worth without any information. An order of its own for each user: the
 * inner product of random vectors that are never trained.
 */
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
  build({ users, items }, _, nn) {
    const init = { kind: "normal", stddev: 1 } as const;
    const table = (name: string, rows: number) => nn.param(name, [rows, WIDTH], init, { trainable: false });
    const [userTable, itemTable] = [table("random/user", users.size), table("random/item", items.size)];
    return nn.dot(nn.gather(userTable, users.id), nn.gather(itemTable, items.id));
  },
});
