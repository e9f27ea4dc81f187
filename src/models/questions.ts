/** Which models answer which question, those to try first first. */
export interface Question {
  /** What one has, or wants. */
  readonly question: string;
  readonly models: readonly string[];
}

export const questions: readonly Question[] = [
  {
    question: "clicks only",
    models: [
      ...["ease", "slim", "rp3beta", "item-knn", "user-knn", "ials", "gf-cf", "pure-svd"],
      ...["lightgcn", "mult-vae", "cdae", "softmax-dnn", "fism", "nais", "bpr-mf", "neumf", "mlp", "gmf", "conv-ncf"],
    ],
  },
  {
    question: "ratings",
    models: [
      "biased-mf",
      "svd-plus-plus",
      "autorec",
      "rbm",
      "dbn",
      "cf-nade",
      "residual-hybrid",
      "weighted-hybrid",
      "ncf-regression",
    ],
  },
  { question: "items have texts or pictures", models: ["vbpr", "content-attention", "two-tower", "ncf-features"] },
  { question: "new items every hour", models: ["two-tower", "vbpr", "content-attention", "ncf-features"] },
  { question: "what another model found is to be ranked", models: ["wide-deep", "deepfm", "ncf-features"] },
  { question: "order matters", models: ["sasrec", "gru4rec", "caser"] },
  { question: "millions of items", models: ["two-tower", "ials", "bpr-mf"] },
];
