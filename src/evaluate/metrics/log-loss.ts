/**
 * Log loss (binary cross-entropy) of one list of logits, in nats: the mean over all candidates of -ln p where one is relevant and of
 * -ln(1 - p) where it is not, with p the sigmoid of its logit. ln 2 where every p is 1/2; the more of the candidates are irrelevant, the
 * less it is for everybody. Good, "Rational Decisions", Journal of the Royal Statistical Society B 14, 1952.
 *
 * @param logits of all candidates, in any order
 * @param relevant logits of the relevant ones, which are among them
 * @returns at least 0; lower is better
 */
export function logLoss(logits: ArrayLike<number>, relevant: ArrayLike<number>): number {
  // -ln sigmoid(z) = softplus(z) - z and -ln(1 - sigmoid(z)) = softplus(z)
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += softplus(logits[i] as number);
  for (let i = 0; i < relevant.length; i++) sum -= relevant[i] as number;
  return sum / logits.length;
}

/** Of telling every candidate of a list that its probability is `share`, where `relevant` of `candidates` are. */
export function constantLogLoss(share: number, relevant: number, candidates: number): number {
  const part = relevant / candidates;
  return -(part * Math.log(share) + (1 - part) * Math.log1p(-share));
}

const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
