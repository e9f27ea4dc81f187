import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PenchantError } from "../core/errors.ts";
import * as ops from "./ops.ts";
import { format, lower, type Plan } from "./plan.ts";
import { verify } from "./verify.ts";

const user = ops.input("user", "i32");
const table = (name: string, width: number) => ops.param(name, [5, width], { kind: "normal", stddev: 0.01 });
const shapeError = expect.objectContaining({ code: "GRAPH_SHAPE" });

describe("shape rules", () => {
  const [wide, narrow] = [ops.gather(table("wide", 4), user), ops.gather(table("narrow", 3), user)];

  test("name both operands and the fix", () => {
    expect(() => ops.mul(wide, narrow)).toThrowError(
      expect.objectContaining({
        code: "GRAPH_SHAPE",
        message: expect.stringContaining("received f32[batch,4] and f32[batch,3]"),
        fix: expect.stringContaining("same width"),
      }),
    );
  });

  test("refuse what has no meaning", () => {
    expect(() => ops.matmul(wide, ops.param("w", [3, 2], { kind: "zeros" }))).toThrowError(shapeError);
    expect(() => ops.gather(table("t", 2), ops.input("label", "f32") as never)).toThrowError(shapeError);
    expect(() => ops.concat(wide, ops.sumLast(narrow))).toThrowError(shapeError);
    expect(() => ops.slice(wide, 2, 3)).toThrowError(shapeError);
    expect(() => ops.reshape(wide, [4, "batch"])).toThrowError(shapeError);
    expect(() => ops.broadcastTo(wide, ["batch", 3])).toThrowError(shapeError);
    expect(() => ops.reduceTo(wide, 3)).toThrowError(shapeError);
    expect(() => ops.sumLast(ops.constant(1))).toThrowError(shapeError);
  });
});

describe("lower", () => {
  test("prints a plan as a listing", () => {
    expect(
      format(lower({ score: ops.rowDot(ops.gather(table("p", 2), user), ops.gather(table("p2", 2), user)) })),
    ).toMatchInlineSnapshot(`
      "%0:f32[5,2] = param() {"name":"p","init":{"kind":"normal","stddev":0.01},"trainable":true}
      %1:i32[batch] = input() {"name":"user"}
      %2:f32[batch,2] = gather(%0, %1)
      %3:f32[5,2] = param() {"name":"p2","init":{"kind":"normal","stddev":0.01},"trainable":true}
      %4:f32[batch,2] = gather(%3, %1)
      %5:f32[batch,2] = mul(%2, %4)
      %6:f32[batch] = sumLast(%5)
      score = %6"
    `);
  });

  test("refuses two parameters or inputs of one name", () => {
    const named = (what: string) =>
      expect.objectContaining({
        code: "GRAPH_NAME",
        message: expect.stringContaining(`Two nodes are named "${what}"`),
      });
    const twice = ops.mul(ops.gather(table("p", 2), user), ops.gather(table("p", 2), user));
    expect(() => lower({ twice })).toThrowError(named("p"));
    const [weight, other] = [ops.input("weight", "f32"), ops.input("weight", "f32")];
    expect(() => lower({ twice: ops.mul(weight, other) })).toThrowError(named("weight"));
    const both = ops.mul(ops.gather(table("user", 2), user), ops.gather(table("p", 2), user));
    expect(() => lower({ both })).toThrowError(named("user"));
    expect(() => lower({ once: ops.mul(weight, weight) })).not.toThrow();
  });
});

describe("verify", () => {
  const plan = lower({ score: ops.sumLast(ops.mul(ops.gather(table("p", 2), user), ops.gather(table("q", 2), user))) });
  const edit = (slot: number, change: object): Plan => ({
    ...plan,
    instructions: plan.instructions.map((x, i) => (i === slot ? { ...x, ...change } : x)),
  });

  test("accepts what lower() makes", () => expect(() => verify(plan)).not.toThrow());

  test("refuses forward references, wrong shapes, unknown ops, repeated names and missing outputs", () => {
    expect(() => verify(edit(2, { inputs: [5, 1] }))).toThrowError(PenchantError);
    expect(() => verify(edit(2, { shape: ["batch", 3] }))).toThrowError(PenchantError);
    expect(() => verify(edit(2, { op: "toString" }))).toThrowError(expect.objectContaining({ code: "GRAPH_PLAN" }));
    expect(() => verify(edit(3, { attrs: { name: "p" } }))).toThrowError(
      expect.objectContaining({ code: "GRAPH_PLAN" }),
    );
    expect(() => verify({ ...plan, outputs: { score: 99 } })).toThrowError(
      expect.objectContaining({ code: "GRAPH_PLAN" }),
    );
  });

  test("a regularization of a parameter's own is a number >= 0", () => {
    const own = (l2: unknown) => edit(0, { attrs: { name: "p", init: { kind: "zeros" }, trainable: true, l2 } });
    expect(() => verify(own(0.1))).not.toThrow();
    for (const l2 of [-0.1, Number.NaN, "much", null])
      expect(() => verify(own(l2))).toThrowError(expect.objectContaining({ code: "GRAPH_PLAN" }));
  });

  test("never throws anything but coded errors on shuffled operands", () => {
    fc.assert(
      fc.property(
        fc.nat(plan.instructions.length - 1),
        fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 3 }),
        (slot, inputs) => {
          try {
            verify(edit(slot, { inputs }));
          } catch (error) {
            return error instanceof PenchantError;
          }
          return true;
        },
      ),
    );
  });
});
