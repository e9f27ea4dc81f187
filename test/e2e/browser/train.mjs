/**
 * A small NeuMF from first values to lists, on whatever engine it is given: the page runs it in the browser, the test in
 * Node, and both must come to the same. `product` holds the exports of the built package that it needs.
 */
export async function trainSmall(engine, product, threads) {
  const { hash, initialParameters, neuMf, scorePlan, trainingPlan } = product;
  const [users, items, groups] = [200, 120, 6];
  // People like things of their own group, and now and then something else.
  const likes = (user, item) => {
    const isOwn = hash(1, user) % groups === hash(2, item) % groups;
    return hash(3, user, item) % 20 < (isOwn ? 12 : 1);
  };
  const rows = Array.from({ length: users }, (_, user) =>
    Array.from({ length: items }, (_, item) => item).filter((item) => likes(user, item)),
  );
  const offsets = new Int32Array(users + 1);
  for (const [user, row] of rows.entries()) offsets[user + 1] = offsets[user] + row.length;
  const interactions = { offsets, items: Int32Array.from(rows.flat()) };
  const catalog = { users, items, meanValue: 1, itemCounts: new Float32Array(items).fill(1) };
  const model = neuMf({ factors: 4 });
  const plan = trainingPlan(model, catalog);
  const trainer = await engine.trainer({
    plan,
    parameters: initialParameters(plan, catalog, 1),
    feed: {
      kind: "pairs",
      negatives: 4,
      distribution: { kind: "uniform" },
      shuffle: "rows",
      users,
      items,
      interactions,
      known: interactions,
    },
    optimizer: {
      kind: "adam",
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      lazy: true,
      l2: 0,
      clipNorm: 0,
      weightDecay: 0,
    },
    batchSize: 64,
    seed: 1,
    threads,
  });
  const losses = [];
  for (let epoch = 0; epoch < 10; epoch++) {
    const { loss } = await trainer.run({ epoch, from: 0, to: trainer.stepsPerEpoch, learningRate: 0.01 });
    losses.push(loss);
  }
  const scorer = await engine.scorer({
    plan: scorePlan(model, catalog),
    parameters: await trainer.parameters(),
    users,
    items,
    threads,
  });
  const everyone = Int32Array.from({ length: users }, (_, user) => user);
  const top = await scorer.topK({ users: everyone, k: 10, exclude: interactions });
  trainer.dispose();
  scorer.dispose();
  // Scores as their bits: a page answers in JSON, which would not tell -0 from 0.
  return { losses, items: [...top.items], scoreBits: [...new Uint32Array(top.scores.buffer)] };
}
