import type { Tensor } from "../graph/tensor.ts";
import type { Ids } from "./inputs.ts";
import { softmaxCrossEntropy } from "./losses.ts";
import { generalizedBinaryCrossEntropy, sampledSoftmax } from "./sampled-losses.ts";

type Drawn = Tensor<"f32", "draw">;

/**
 * The losses of a target per row, each term times what the event of its target counts (nothing: as 1). They are means over the rows; the sum
 * of weights does not divide, so that weights of 1 give the bytes of none, and twice the weights twice the loss.
 */
export const weighedLosses = (weightOf: (target: Ids) => Tensor | undefined) => ({
  softmaxCrossEntropy: (x: Tensor, table: Tensor, target: Ids): Tensor =>
    softmaxCrossEntropy(x, table, target, weightOf(target)),
  sampledSoftmax: (x: Tensor, table: Tensor, target: Ids, drawn: Drawn, logProbability?: Tensor): Tensor =>
    sampledSoftmax(x, table, target, drawn, logProbability, weightOf(target)),
  generalizedBinaryCrossEntropy: (x: Tensor, table: Tensor, target: Ids, drawn: Drawn, calibration: number): Tensor =>
    generalizedBinaryCrossEntropy(x, table, target, drawn, calibration, weightOf(target)),
});
