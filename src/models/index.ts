import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { ModelFactory } from "../nn/model.ts";
import { autoRec } from "./autorec.ts";
import { biasedMf } from "./biased-mf.ts";
import { bprMf } from "./bpr-mf.ts";
import { bspm } from "./bspm.ts";
import { caser } from "./caser.ts";
import { cdae } from "./cdae.ts";
import { cfNade } from "./cf-nade.ts";
import { contentAttention } from "./content-attention.ts";
import { convNcf } from "./conv-ncf.ts";
import { dbn } from "./dbn.ts";
import { deepFm } from "./deepfm.ts";
import { ease } from "./ease.ts";
import { fism } from "./fism.ts";
import { gfCf } from "./gf-cf.ts";
import { gmf } from "./gmf.ts";
import { gru4Rec } from "./gru4rec.ts";
import { ials } from "./ials.ts";
import { itemKnn } from "./item-knn.ts";
import { lightGcn } from "./lightgcn.ts";
import { markov } from "./markov.ts";
import { mlp } from "./mlp.ts";
import { multVae } from "./mult-vae.ts";
import { nais } from "./nais.ts";
import { ncfFeatures } from "./ncf-features.ts";
import { ncfRegression } from "./ncf-regression.ts";
import { neuMf } from "./neumf.ts";
import { ngcf } from "./ngcf.ts";
import { popularity } from "./popularity.ts";
import { prod2Vec } from "./prod2vec.ts";
import { pureSvd } from "./pure-svd.ts";
import { random } from "./random.ts";
import { rbm } from "./rbm.ts";
import { residualHybrid } from "./residual-hybrid.ts";
import { rp3Beta } from "./rp3beta.ts";
import { sasRec } from "./sasrec.ts";
import { simpleX } from "./simplex.ts";
import { slim } from "./slim.ts";
import { softmaxDnn } from "./softmax-dnn.ts";
import { svdPlusPlus } from "./svd-plus-plus.ts";
import { twoTower } from "./two-tower.ts";
import { userKnn } from "./user-knn.ts";
import { vbpr } from "./vbpr.ts";
import { weightedHybrid } from "./weighted-hybrid.ts";
import { wideDeep } from "./wide-deep.ts";

export type { AutoRecConfig } from "./autorec.ts";
export type { BiasedMfConfig } from "./biased-mf.ts";
export type { BprMfConfig } from "./bpr-mf.ts";
export type { BspmConfig } from "./bspm.ts";
export type { CaserConfig } from "./caser.ts";
export type { CdaeConfig } from "./cdae.ts";
export type { CfNadeConfig } from "./cf-nade.ts";
export type { ContentAttentionConfig } from "./content-attention.ts";
export type { ConvNcfConfig } from "./conv-ncf.ts";
export type { DbnConfig } from "./dbn.ts";
export type { DeepFmConfig } from "./deepfm.ts";
export type { EaseConfig } from "./ease.ts";
export type { FismConfig } from "./fism.ts";
export type { GfCfConfig } from "./gf-cf.ts";
export type { GmfConfig } from "./gmf.ts";
export type { Gru4RecConfig } from "./gru4rec.ts";
export type { IalsConfig } from "./ials.ts";
export type { ItemKnnConfig } from "./item-knn.ts";
export type { LightGcnConfig } from "./lightgcn.ts";
export type { MarkovConfig } from "./markov.ts";
export type { MlpConfig } from "./mlp.ts";
export type { MultVaeConfig } from "./mult-vae.ts";
export type { NaisConfig } from "./nais.ts";
export type { NcfFeaturesConfig } from "./ncf-features.ts";
export type { NcfRegressionConfig } from "./ncf-regression.ts";
export type { NeuMfConfig } from "./neumf.ts";
export { neuMfFrom } from "./neumf-pretraining.ts";
export type { NgcfConfig } from "./ngcf.ts";
export type { Prod2VecConfig } from "./prod2vec.ts";
export type { PureSvdConfig } from "./pure-svd.ts";
export type { RbmConfig } from "./rbm.ts";
export type { ResidualHybridConfig } from "./residual-hybrid.ts";
export type { Rp3BetaConfig } from "./rp3beta.ts";
export type { SasRecConfig } from "./sasrec.ts";
export type { SimpleXConfig } from "./simplex.ts";
export type { SlimConfig } from "./slim.ts";
export type { SoftmaxDnnConfig } from "./softmax-dnn.ts";
export type { SvdPlusPlusConfig } from "./svd-plus-plus.ts";
export type { TwoTowerConfig } from "./two-tower.ts";
export type { UserKnnConfig } from "./user-knn.ts";
export type { VbprConfig } from "./vbpr.ts";
export type { WeightedHybridConfig } from "./weighted-hybrid.ts";
export type { WideDeepConfig } from "./wide-deep.ts";
export {
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
  multVae,
  nais,
  ncfFeatures,
  ncfRegression,
  neuMf,
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
};

/** Every model of the zoo, baselines first. A new model is one file and one line here. */
// biome-ignore format: one per line
export const models = [
  popularity,
  random,
  itemKnn,
  userKnn,
  rp3Beta,
  slim,
  ease,
  ials,
  pureSvd,
  gfCf,
  bspm,
  biasedMf,
  svdPlusPlus,
  autoRec,
  dbn,
  rbm,
  cfNade,
  bprMf,
  lightGcn,
  ngcf,
  gmf,
  mlp,
  neuMf,
  convNcf,
  ncfRegression,
  ncfFeatures,
  contentAttention,
  vbpr,
  wideDeep,
  deepFm,
  residualHybrid,
  weightedHybrid,
  softmaxDnn,
  multVae,
  cdae,
  fism,
  nais,
  markov,
  sasRec,
  gru4Rec,
  caser,
  prod2Vec,
  twoTower,
  simpleX,
] as readonly unknown[] as readonly ModelFactory[]; // configurations differ; by name they are checked at run time

/** The model of that name. Throws CONFIG_UNKNOWN with the nearest valid name. */
export function modelNamed(name: string): ModelFactory {
  const names = models.map((model) => model.definition.name);
  const close = nearest(name, names);
  return (
    models.find((model) => model.definition.name === name) ??
    fail("CONFIG_UNKNOWN", {
      what: `There is no model "${name}"`,
      expected: names.join(", "),
      received: name,
      fix: close ? `Did you mean "${close}"?` : "Choose one of the list (penchant models).",
      details: { known: names },
    })
  );
}
