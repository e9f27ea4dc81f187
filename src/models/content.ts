/**
 * Rows of items made of what is known of them, for models that compare with all items or look at histories: a row is what the features
 * are projected to, and a row of its own on top. Rows of their own begin at 0 and are left out at random (Volkovs, Yu & Poutanen,
 * "DropoutNet", NIPS 2017), so that an item that nobody has met, which has none, is answered by its features.
 */
import type { Init, Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import type { ModelInputs, SideInputs } from "../nn/inputs.ts";

export interface ContentRows {
  readonly width: number;
  /** First values of projections; of rows of ids where they are all there is. */
  readonly init: Init;
  /** Whether items have rows of their own beside features. */
  readonly ids: boolean;
  /** Share of the items whose own rows are left out in a step of training, in [0, 1). */
  readonly idDropout: number;
}

/** `[items, width]`; parameters `NAME/features` and `NAME/id`. Without features rows of ids are all there is. */
export function contentRows(
  name: string,
  items: SideInputs,
  { width, init, ...own }: ContentRows,
  nn: Builder,
): Tensor {
  if (items.featureCount === 0) return nn.param(`${name}/id`, [items.size, width], init);
  const projection = nn.param(`${name}/features`, [items.featureCount, width], init);
  const features = nn.spmm(items.features.matrix, projection);
  if (!own.ids) return features;
  const rows = nn.param(`${name}/id`, [items.size, width], { kind: "zeros" });
  return nn.add(features, someRows(`${name}/kept`, own.idDropout, rows, nn));
}

/** `[rows, width]`: in training a share of the rows, drawn at random, is 0, and the others are larger by as much. */
export function someRows(name: string, dropout: number, x: Tensor, nn: Builder): Tensor {
  const [rows, width] = x.shape as readonly [number | "batch", number];
  return nn.mul(x, nn.expandLast(keptRows(name, dropout, rows, nn), width));
}

/** What rows are multiplied with to be left out, 0, or to stay, `[rows]`. */
export const keptRows = (name: string, dropout: number, rows: number | "batch", nn: Builder): Tensor =>
  nn.dropout(name, dropout)(nn.broadcastTo(nn.constant(1), [rows]));

/** The person and the event that they ask in, `[batch, width]`: the person alone where nothing is known of events. */
export function inContext(person: Tensor, context: ModelInputs["context"], dropout: number, nn: Builder): Tensor {
  if (context.featureCount === 0) return person;
  const about = nn.bag(context.features, person.shape[1] as number, { name: "event/context" });
  return nn.add(person, someRows("event/kept", dropout, about, nn));
}

/**
 * Queries and a table for a softmax over the catalogue without items that training has not met: `[batch, width + 1]` and `[items, width + 1]`.
 * Those would only ever be what was not chosen, and what is new would be learned to be bad. Without features they may be.
 */
export function amongMet(query: Tensor, table: Tensor, items: SideInputs, nn: Builder): readonly [Tensor, Tensor] {
  if (items.featureCount === 0) return [query, table];
  const counts = nn.param("items/count", [items.size, 1], { kind: "data", name: "itemCounts" });
  const never = nn.affine(nn.unary("relu", nn.affine(counts, -1, 1)), NEVER);
  const column = nn.broadcastTo(nn.constant(1), ["batch", 1]);
  return [nn.concat(query, column), nn.table("items/met", () => nn.concat(table, never))];
}

/** A logit whose exponential is 0 in any precision. */
const NEVER = -1e4;

/**
 * What convolutions make of the pictures of items, `[batch, width]`: layers of kernels of 3 x 3 that halve the picture, with twice as many
 * channels each, until it is 4 pixels wide or less, then the mean of what is left. Parameters `picture/…`.
 */
export function seenPictures(items: SideInputs, width: number, channels: number, nn: Builder): Tensor {
  let image = nn.scope("picture", () => nn.pictures(items));
  const side = (x: Tensor) => x.shape[1] as number;
  for (let i = 0; i === 0 || side(image) > 4; i++) {
    const layer = { size: 3, stride: 2, padding: 1, activation: "relu", kernelInit: { kind: "heUniform" } } as const;
    image = nn.convolution(`picture/${i}`, channels * 2 ** i, layer)(image);
  }
  const mean = nn.scope("picture/mean", () => nn.flatten(nn.pool(image, { of: "mean", size: side(image), stride: 1 })));
  return nn.dense("picture/out", width)(mean);
}
