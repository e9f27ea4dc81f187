import { expect, test } from "vitest";
import { penchantError } from "../core/errors.ts";
import { naming } from "./naming.ts";

const users = { size: 2, id: (row: number) => ["ann", "bob"][row] as string };
const items = { size: 3, id: (row: number) => ["lamp", "chair", "desk"][row] as string };
const refused = (code: "EVAL_SCORES" | "EVAL_EMPTY", details: Record<string, unknown>) =>
  penchantError(code, { what: "No", details });

test("a refused score names user and item by their ids, and keeps the refusal as cause", async () => {
  const cause = refused("EVAL_SCORES", { user: 1, item: 2 });
  const failing = naming({ users, items }, () => Promise.reject(cause));
  await expect(failing).rejects.toMatchObject({
    code: "EVAL_SCORES",
    message: expect.stringContaining('the user "bob" and the item "desk"'),
    details: { user: 1, item: 2, userId: "bob", itemId: "desk" },
    cause,
  });
});

test.each([
  ["another refusal", { users, items }, refused("EVAL_EMPTY", { user: 1, item: 2 })],
  ["an error of another kind", { users, items }, Object.assign(new Error("disk"), { details: { user: 1, item: 2 } })],
  ["one of another kind with this code", { users, items }, { code: "EVAL_SCORES", details: { user: 1, item: 2 } }],
  ["a refusal that names no user", { users, items }, refused("EVAL_SCORES", { item: 2 })],
  ["a refusal that names no item", { users, items }, refused("EVAL_SCORES", { user: 1 })],
  ["users without ids", { users: { size: 2 }, items }, refused("EVAL_SCORES", { user: 1, item: 2 })],
  ["items without ids", { users, items: { size: 3 } }, refused("EVAL_SCORES", { user: 1, item: 2 })],
])("%s is passed on as it is", async (_, part, error) => {
  expect(await naming(part as never, () => Promise.reject(error)).catch((caught: unknown) => caught)).toBe(error);
});

test("what is measured is answered", async () =>
  expect(await naming({ users, items } as never, async () => 7)).toBe(7));
