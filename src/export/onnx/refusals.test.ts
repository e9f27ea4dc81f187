import { describe, expect, test } from "vitest";
import { affine, gather, input, mean, mul, param, rowDot, sub, sumLast } from "../../graph/ops.ts";
import { lower } from "../../graph/plan.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { toOnnx, toOnnxTopK } from "./index.ts";

const user = input("user", "i32");
const rows = gather(param("table", [3, 2], { kind: "zeros" }), user);
const table = Float32Array.of(1, 2, 3, 4, 5, 6);
const options = (score: Tensor, parameters: Record<string, Float32Array> = { table }) => ({
  plan: lower({ score }),
  parameters,
  users: 3,
  items: 4,
  name: "case",
});
const refused = (message: RegExp) =>
  expect.objectContaining({ code: "ARTIFACT_EXPORT", message: expect.stringMatching(message) });

describe("toOnnx", () => {
  test("refuses weights that are missing or of another size", () => {
    expect(() => toOnnx(options(sumLast(rows), {}))).toThrow(refused(/"table".*6 values for \[3, 2\].*none/));
    expect(() => toOnnx(options(sumLast(rows), { table: table.slice(1) }))).toThrow(refused(/received 5 values/));
  });

  test("refuses an input that only training has", () => {
    const score = sub(sumLast(rows), input("label", "f32"));
    expect(() => toOnnx(options(score))).toThrow(refused(/"label"/));
  });

  test("refuses a score that depends on the other rows of the batch", () => {
    const centred = sub(sumLast(rows), mean(rows));
    expect(() => toOnnx(options(centred))).toThrow(refused(/mixes the rows/));
  });

  test("refuses a plan without a score", () => {
    const plan = lower({ loss: mean(rows) });
    expect(() => toOnnx({ ...options(rows), plan })).toThrow(refused(/no score.*received loss/));
  });

  test("writes the same bytes for the same model", () => {
    const file = () => toOnnx(options(rowDot(rows, affine(mul(rows, rows), 2))));
    expect(Buffer.compare(file(), file())).toBe(0);
  });

  test("leaves out what the score does not need", () => {
    const plan = lower({ score: sumLast(rows), other: param("unused", [50], { kind: "zeros" }) });
    expect(Buffer.from(toOnnx({ ...options(rows), plan })).includes("unused")).toBe(false);
  });
});

describe("toOnnxTopK", () => {
  test.for([0, 5, 1.5, Number.NaN])("refuses k = %s of 4 items", (k) => {
    expect(() => toOnnxTopK({ ...options(sumLast(rows)), k })).toThrow(
      expect.objectContaining({ code: "CONFIG_VALUE", message: expect.stringContaining("from 1 to 4") }),
    );
  });
});
