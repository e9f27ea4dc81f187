import {
  createRecommender,
  defaults,
  ensembleOf,
  evaluate,
  evaluateBeside,
  evaluateRanking,
  evaluateRating,
  exportHistories,
  exportOnnx,
  exportTowers,
  fit,
  leaveLastOut,
  loadArtifact,
  loadEngine,
  loadSaved,
  pairedDifference,
  readInteractions,
  recommenderOf,
  saveArtifact,
  saveEnsemble,
  scorerOf,
  selectWeights,
  toArtifact,
} from "penchant";
import {
  autoRec,
  biasedMf,
  bprMf,
  bspm,
  caser,
  cdae,
  cfNade,
  contentAttention,
  convNcf,
  dbn,
  deepFm,
  ease,
  fism,
  gfCf,
  gmf,
  gru4Rec,
  ials,
  itemKnn,
  lightGcn,
  markov,
  mlp,
  modelNamed,
  models,
  multVae,
  nais,
  ncfFeatures,
  ncfRegression,
  neuMf,
  neuMfFrom,
  ngcf,
  popularity,
  prod2Vec,
  pureSvd,
  random,
  rbm,
  residualHybrid,
  rp3Beta,
  sasRec,
  simpleX,
  slim,
  softmaxDnn,
  svdPlusPlus,
  twoTower,
  userKnn,
  vbpr,
  weightedHybrid,
  wideDeep,
} from "penchant/models";

const ratings = await readInteractions("ratings.csv");
const split = leaveLastOut(ratings, { validation: true });
const short = { validation: split.validation, epochs: 2, seed: 1, progress: "none" } as const;

// #region fit defaults
const run = await fit(bprMf({ factors: 16 }), split.train, { ...short, learningRate: 0.01 });
console.log(run.bestEpoch, run.settings.learningRate, "instead of", defaults.learningRate);
// #endregion

// #region evaluate
const { protocols, baselines } = await evaluate(run, split, { k: 10 });
console.log(protocols[0]?.metrics["ndcg@10"], baselines.popularity.protocols[0]?.metrics["ndcg@10"]);
// #endregion

// #region recommenderOf
const fresh = await recommenderOf(run, split); // knows the held-out parts, and recommends nothing of them
console.log(await fresh.recommend("user-42", { k: 3, why: true }));
// #endregion

// #region toArtifact saveArtifact
const seen = [split.validation ?? split.test, split.test]; // never recommended
const artifact = toArtifact(run, split.train, { split: { kind: split.kind }, seen });
await saveArtifact("runs/bpr", artifact, { overwrite: true });
// #endregion

// #region loadArtifact createRecommender
const engine = await loadEngine();
const recommender = createRecommender(await loadArtifact("runs/bpr"), engine);
console.log(await recommender.recommend("user-42", { k: 3 }));
console.log(await recommender.recommend({ items: ["film-3", "film-17"] }, { k: 3 })); // somebody new
console.log(await recommender.similar("film-3", { k: 3 }));
for await (const { user, items } of recommender.recommendAll({ k: 3 })) {
  if (user === "user-42") console.log(items.map(({ item }) => item));
}
recommender.dispose();
// #endregion

// #region selectWeights ensembleOf scorerOf saveEnsemble loadSaved
const half = { validation: split.validation, progress: "none", refit: false } as const; // validation is left to choose by
const runs = [await fit(ease(), split.train, half), await fit(itemKnn(), split.train, half)];
const scorers = runs.map((one) => one.scorer());
const heldOut = split.validation ?? split.test;
const task = { train: split.train, test: heldOut, seed: 1, k: 10 };
const { weights, value } = await selectWeights(scorers, { ...task, fusion: "standardized" });
const members = runs.map((one) => ({
  run: one.model.definition.name,
  artifact: toArtifact(one, split.train, { split: { kind: split.kind }, seen }),
}));
await saveEnsemble("runs/both", ensembleOf(members, weights, "standardized"), { overwrite: true });
const both = await loadSaved("runs/both"); // createRecommender answers from it as from any run
using together = await scorerOf(both, engine);
console.log(weights, value, await together.score(Int32Array.of(0), Int32Array.of(3)));
// #endregion

// #region exportOnnx
const { scores, topK } = exportOnnx(artifact, { k: 10 });
console.log(scores.length, topK.length, "bytes");
// #endregion

// #region exportHistories
const solved = toArtifact(await fit(ease(), split.train, half), split.train, { split: { kind: split.kind }, seen });
console.log(exportHistories(solved).length, "bytes"); // history -> scores
// #endregion

// #region exportTowers
const towers = exportTowers(artifact); // its score is an inner product
console.log(towers.user.length, towers.item.length, "bytes");
// #endregion

// #region evaluateRanking
const scorer = run.scorer();
const { train, test, validation } = split;
const ranking = await evaluateRanking(scorer, { train, validation, test, seed: 1, protocol: "sampled-99", k: 5 });
console.log(ranking.metrics["hr@5"]);
// #endregion

// #region evaluateBeside
const beside = await evaluateBeside(scorer, { train, validation, test, seed: 1, protocols: ["full"] });
console.log(beside.protocols[0]?.metrics["auc"], beside.baselines.random.protocols[0]?.metrics["auc"]);
// #endregion

// #region evaluateRating
const rating = await fit(biasedMf({ factors: 8 }), train, short);
console.log((await evaluateRating(rating.scorer(), { test, seed: 1 })).metrics["rmse"]);
// #endregion

// #region pairedDifference
const users = Int32Array.of(0, 1, 2, 3); // any number per user, here hits of two systems
const hits = (...cells: number[]) => ({ users, labels: ["hit"], width: 1, cells: Float64Array.from(cells) });
console.log(pairedDifference(hits(1, 1, 0, 1), hits(1, 0, 0, 1), { seed: 1 })["hit"]);
// #endregion

// #region loadEngine
console.log((await loadEngine("reference")).name, (await loadEngine("auto")).name);
// #endregion

// #region models modelNamed
console.log(models.map(({ definition: { name, task } }) => `${name} (${task})`));
const chosen = modelNamed("gmf")({ factors: 16 });
console.log(chosen.config);
// #endregion

// #region popularity random bprMf gmf mlp neuMf convNcf
const deep = [mlp({ hidden: [16, 8] }), neuMf(), convNcf({ width: 4, channels: 4 })];
for (const model of [popularity(), random(), bprMf(), gmf({ factors: 4 }), ...deep]) {
  const { epochs, seconds } = await fit(model, train, { ...short, epochs: 1 });
  console.log(model.definition.title, epochs.length, "epochs", seconds, "s"); // the baselines have none
}
// #endregion

// #region itemKnn userKnn rp3Beta slim ease ials pureSvd gfCf bspm markov
for (const model of [
  itemKnn({ similarity: "bm25" }),
  userKnn({ similarity: "tf-idf" }),
  rp3Beta({ beta: 0.4 }),
  slim({ l2: 50 }),
  ease({ l2: 500 }),
  ials({ factors: 64, iterations: 12 }),
  pureSvd({ factors: 16 }),
  gfCf({ factors: 16, alpha: 0.3 }),
  bspm({ factors: 16, time: 2.5 }),
  markov({ window: 5 }),
]) {
  const solved = await fit(model, train, { seed: 1, progress: "none" }); // no epochs: seconds, and it is done
  const answers = await recommenderOf(solved, train);
  console.log(await answers.recommend({ items: ["film-3", "film-17"] }, { k: 3, why: true }));
}
// #endregion

// #region lightGcn ngcf
const spread = await fit(lightGcn({ dim: 16, layers: 2 }), train, { ...short, epochs: 1, learningRate: 0.01 });
console.log((await fit(ngcf({ dim: 8, layers: 2 }), train, { ...short, epochs: 1 })).bestEpoch); // with a network in between
const fromHistory = await recommenderOf(spread, train); // newcomers by their history: nothing is retrained
console.log(await fromHistory.recommend({ items: ["film-3", "film-17"] }, { k: 3, why: true }));
// #endregion

// #region ncfFeatures
const genres = Array.from(train.items, (_, film) => (film % 3 === 0 ? "drama|war" : "comedy"));
const items = [{ name: "genres", kind: "multi", why: "lists", values: genres }] as const;
const described = await fit(ncfFeatures({ width: 8, hidden: [16] }), train, { ...short, features: { items } });
const growing = await recommenderOf(described, train);
growing.addItem({ id: "film-new", features: { genres: "drama" } }); // ranked from now on
console.log(await growing.recommend("user-7", { candidates: ["film-new", "film-3"], includeSeen: true }));
// #endregion

// #region contentAttention
const attentive = await fit(contentAttention({ width: 16 }), train, { ...short, features: { items } });
const asked = await recommenderOf(attentive, train);
const { items: liked } = await asked.recommend({ items: ["film-3", "film-6"] }, { k: 1, why: true });
console.log(liked[0]?.why); // the weights of attention
asked.dispose();
// #endregion

// #region vbpr
const posters = Array.from(train.items, (_, film) => [film % 3, film % 5, 1]); // vectors that another network made of pictures
const shown = { items: [{ name: "poster", kind: "vector", why: "", values: posters }] } as const;
const visual = await recommenderOf(
  await fit(vbpr({ factors: 8, visual: 4 }), train, { ...short, features: shown }),
  train,
);
visual.addItem({ id: "film-poster", features: { poster: [0, 3, 1] } });
console.log(await visual.recommend("user-7", { candidates: ["film-poster", "film-3"], includeSeen: true }));
// #endregion

// #region wideDeep deepFm
for (const model of [wideDeep({ width: 8, hidden: [16], buckets: 4096 }), deepFm({ width: 8, hidden: [16] })]) {
  const ranker = await recommenderOf(await fit(model, train, { ...short, features: { items } }), train);
  const few = ["film-3", "film-6", "film-17"]; // what another model found
  console.log((await ranker.recommend("user-7", { candidates: few, includeSeen: true, k: 3 })).items);
}
// #endregion

// #region sasRec gru4Rec caser prod2Vec softmaxDnn multVae fism nais cdae twoTower simpleX
for (const model of [
  softmaxDnn({ width: 16, hidden: [32] }),
  multVae({ latent: 8, hidden: [16] }),
  fism({ factors: 8 }),
  nais({ factors: 8, units: 8 }),
  cdae({ factors: 8 }),
  sasRec({ width: 16, blocks: 1, length: 20 }), // of what was done, the order counts
  gru4Rec({ width: 16, state: 16, length: 20 }),
  caser({ width: 16, window: 3, length: 20 }),
  prod2Vec({ width: 16, window: 3 }),
  twoTower({ dim: 16, temperature: 0.2 }),
  simpleX({ dim: 16, drawn: 100 }),
]) {
  const learned = await fit(model, train, { ...short, epochs: 2 });
  const answers = await recommenderOf(learned, train); // anybody is their history: nothing is retrained
  console.log(await answers.recommend({ items: ["film-3", "film-17"] }, { k: 3, why: true }));
}
// #endregion

// #region biasedMf svdPlusPlus autoRec rbm dbn cfNade ncfRegression residualHybrid weightedHybrid
const raters = [
  biasedMf(),
  svdPlusPlus({ factors: 8 }),
  autoRec({ factors: 8 }),
  rbm({ factors: 8 }),
  dbn({ factors: 8, hidden: [4] }),
  cfNade({ factors: 8 }),
];
for (const model of [...raters, ncfRegression(), residualHybrid(), weightedHybrid({ alpha: 0.5 })]) {
  const trained = await fit(model, train, { ...short, epochs: 1 });
  const { metrics } = await evaluateRating(trained.scorer(), { test, seed: 1 });
  console.log(model.definition.title, metrics["rmse"]?.value);
}
// #endregion

// #region neuMfFrom
const two = [gmf({ factors: 8 }), mlp({ factors: 8 })] as const;
const [first, second] = [await fit(two[0], train, short), await fit(two[1], train, short)];
const initial = neuMfFrom(first.parameters, second.parameters);
console.log((await fit(neuMf({ factors: 8 }), train, { ...short, initialParameters: initial })).bestEpoch);
// #endregion
