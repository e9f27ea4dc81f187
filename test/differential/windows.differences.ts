import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { gradients } from "../../src/graph/gradients.ts";
import * as op from "../../src/graph/ops.ts";
import { lower, type Plan } from "../../src/graph/plan.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { expectAllClose } from "../support/close.ts";
import { sparseMatrix } from "../support/sparse.ts";

const zeros = { kind: "zeros" } as const;
const users = 9;
const values = (size: number, key: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(key + 7.3 * i));
const sums = { rtol: 2e-5, atol: 2e-6 };

interface Sizes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernels: number;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

/** Two convolutions, of which the second looks at half of a wider row, both kinds of pooling, and products of rows. */
function convolutions({ height, width, channels, kernels, ...window }: Sizes) {
  const user = op.input("user", "i32");
  const numbers = height * width * channels;
  const images = op.param("images", [users, 2 * numbers], zeros);
  const kernel = op.param("kernel", [window.size ** 2 * channels, kernels], zeros);
  const bias = op.param("bias", [kernels], zeros);
  const rows = op.gather(images, user);
  const imageOf = (x: Tensor) => op.reshape(x, ["batch", height, width, channels]);
  const convolved = (x: Tensor) => op.add(op.matmul(op.unfold(x, window), kernel), bias);
  const first = op.unary("relu", convolved(imageOf(op.unary("tanh", op.slice(rows, 0, numbers)))));
  const second = op.unary("tanh", convolved(imageOf(op.slice(rows, numbers, numbers))));
  const crossed = op.batchMatmul(first, second, { transposeA: true });
  const again = op.batchMatmul(second, op.batchMatmul(crossed, first, { transposeB: true }), {
    ...{ transposeA: true, transposeB: true },
  });
  const whole = imageOf(op.slice(rows, numbers, numbers));
  const largest = op.pool(whole, { of: "max", size: 2, stride: 1 });
  const means = op.pool(imageOf(op.unary("square", whole)), { of: "mean", size: 2, stride: 2 });
  const terms = [first, crossed, again, largest, means].map((x) => op.mean(op.unary("square", x)));
  const loss = terms.reduce((x, y) => op.add(x, y));
  const slopes = gradients(loss, [images, kernel, bias]);
  const plan = lower({
    ...{ loss, first, crossed, again, largest, means },
    ...{ images: op.toDense(slopes.get(images) as Tensor), kernel: slopes.get(kernel) as Tensor },
    bias: slopes.get(bias) as Tensor,
  });
  const parameters = {
    images: values(users * 2 * numbers, 1),
    kernel: values(window.size ** 2 * channels * kernels, 2),
    bias: values(kernels, 3),
  };
  return { plan, parameters };
}

/** Scores of pairs: the outer product of what a user and an item have, convolved. */
function pairScores(dim: number): { readonly plan: Plan; readonly parameters: Record<string, Float32Array> } {
  const side = (name: "user" | "item", shape: readonly ["batch", number, number]) =>
    op.reshape(op.gather(op.param(`${name}s`, [users, dim], zeros), op.input(name, "i32")), shape);
  const outer = op.batchMatmul(side("user", ["batch", dim, 1]), side("item", ["batch", 1, dim]));
  const image = op.reshape(outer, ["batch", dim, dim, 1]);
  const parts = op.unfold(image, { size: 3, stride: 2, padding: 1 });
  const half = Math.floor((dim - 1) / 2) + 1;
  const kernel = op.param("kernel", [9, 5], zeros);
  const maps = op.unary("relu", op.add(op.matmul(parts, kernel), op.param("bias", [5], zeros)));
  const pooled = op.pool(op.reshape(maps, ["batch", half, half, 5]), { of: "max", size: 2, stride: 2 });
  const mean = op.pool(op.reshape(maps, ["batch", half, half, 5]), { of: "mean", size: half, stride: 1 });
  const [numbers, side2] = [pooled.shape.slice(1) as number[], op.reshape(mean, ["batch", 5])];
  const flat = op.reshape(pooled, ["batch", numbers.reduce((x, y) => x * y, 1)]);
  const all = op.concat(flat, side2);
  const head = op.param("head", [all.shape[1] as number, 1], zeros);
  const parameters = {
    users: values(users * dim, 1),
    items: values(users * dim, 2),
    kernel: values(45, 3),
    bias: values(5, 4),
    head: values(all.shape[1] as number, 5),
  };
  return { plan: lower({ score: op.squeezeLast(op.matmul(all, head)) }), parameters };
}

/** Convolutions, pooling and products of rows, against the definition. */
export function describeWindows(engine: Engine): void {
  describe(`${engine.name} engine against the definition: images`, () => {
    test.each([
      { height: 4, width: 5, channels: 1, kernels: 3, size: 2, stride: 1, padding: 0 },
      { height: 5, width: 4, channels: 3, kernels: 1, size: 3, stride: 2, padding: 1 },
      { height: 9, width: 7, channels: 8, kernels: 33, size: 3, stride: 1, padding: 2 },
      { height: 40, width: 40, channels: 2, kernels: 16, size: 5, stride: 3, padding: 0 },
    ])("$height x $width x $channels, parts of $size: values and gradients", async (sizes) => {
      const { plan, parameters } = convolutions(sizes);
      const user = Int32Array.from({ length: 150 }, (_, i) => (i * 7) % users);
      const given = [plan, parameters, { user }, 9, {}] as const;
      expectAllClose(await engine.evaluate(...given), await referenceEngine.evaluate(...given), sums);
    });

    test.each([4, 7, 16])("scores of pairs by convolutions of width %i, whatever the threads", async (dim) => {
      const given = { ...pairScores(dim), users, items: users };
      const [user, item] = [Int32Array.from({ length: 500 }, (_, i) => (i * 5) % users), new Int32Array(500)];
      for (const i of item.keys()) item[i] = (i * 11) % users;
      const of = async (scorers: Engine, threads: number) => {
        using scorer = await scorers.scorer({ ...given, threads });
        return { pairs: await scorer.score(user, item) };
      };
      const definition = await of(referenceEngine, 1);
      const one = await of(engine, 1);
      expectAllClose(one, definition, sums);
      for (const threads of [2, 3]) expect(await of(engine, threads)).toEqual(one);
    });

    test("pictures that the data have, and scores of pairs by them", async () => {
      const [user, item] = [op.input("user", "i32"), op.input("item", "i32")];
      const pictures = op.data("pictures", users, 50);
      const picture = op.reshape(op.slice(op.denseRows(pictures, item), 2, 48), ["batch", 4, 4, 3]);
      const kernel = op.param("kernel", [12, 6], zeros);
      const maps = op.reshape(op.matmul(op.unfold(picture, { size: 2, stride: 2, padding: 0 }), kernel), [
        "batch",
        2,
        2,
        6,
      ]);
      const seen = op.reshape(op.pool(maps, { of: "max", size: 2, stride: 2 }), ["batch", 6]);
      const score = op.rowDot(op.gather(op.param("users", [users, 6], zeros), user), op.unary("tanh", seen));
      const slope = gradients(op.mean(op.unary("square", score)), [kernel]).get(kernel) as Tensor;
      const parameters = { kernel: values(72, 1), users: values(users * 6, 2) };
      const ids = {
        user: Int32Array.from({ length: 150 }, (_, i) => (i * 7) % users),
        item: Int32Array.from({ length: 150 }, (_, i) => (i * 5) % users),
      };
      const data = { pictures: sparseMatrix(3, users, 50, 9) };
      const given = [lower({ score, slope, dense: op.denseRows(pictures, user) }), parameters, ids, 9, data] as const;
      const definition = await referenceEngine.evaluate(...given);
      expectAllClose(await engine.evaluate(...given), definition, sums);
      using scorer = await engine.scorer({ plan: lower({ score }), parameters, data, users, items: users, threads: 2 });
      const scores = await scorer.score(ids.user, ids.item);
      expectAllClose({ scores }, { scores: definition["score"] as Float32Array }, sums);
    });

    test("parts that do not fit the image are refused", async () => {
      const { plan, parameters } = convolutions({
        ...{ height: 4, width: 4, channels: 1, kernels: 2 },
        ...{ size: 2, stride: 1, padding: 0 },
      });
      for (const attrs of [{ size: 9 }, { padding: 2 }, { stride: 0 }, { size: 2 ** 20 }]) {
        const instructions = plan.instructions.map((x) =>
          x.op === "unfold" ? { ...x, attrs: { ...x.attrs, ...attrs } } : x,
        );
        await expect(
          (async () =>
            engine.evaluate({ ...plan, instructions } as Plan, parameters, { user: Int32Array.of(1) }, 9, {}))(),
        ).rejects.toMatchObject({ code: expect.stringMatching(/^GRAPH_/) });
      }
    });
  });
}
