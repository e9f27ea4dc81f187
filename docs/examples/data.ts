import { mkdirSync, writeFileSync } from "node:fs";
import {
  catalogue,
  foldSplit,
  givenSplit,
  type Interactions,
  importDataset,
  inspect,
  kCore,
  leaveLastOut,
  noSplit,
  PenchantError,
  ratioSplit,
  readInteractions,
  readPicture,
  timeSplit,
  toImplicit,
  windowSplit,
} from "penchant";

// #region inspect
const look = await inspect("ratings.csv"); // reads the first lines alone
console.log(look?.columns.map(({ name, role }) => `${name}: ${role ?? "not used"}`));
// #endregion

// #region importDataset
const { interactions, report } = await importDataset("ratings.csv", { user: "userId", item: "movieId" });
console.log(interactions.users.size, interactions.items.size, interactions.size, report.source.rejected.count);
// #endregion

// #region readInteractions Interactions
const ratings: Interactions = await readInteractions("ratings.csv");
const { offsets, items, values } = ratings.byUser; // the items of user u are items[offsets[u] .. offsets[u + 1])
const user = ratings.users.index("user-42") ?? 0;
for (let i = offsets[user] ?? 0; i < (offsets[user + 1] ?? 0); i++) {
  console.log(ratings.items.id(items[i] ?? 0), values?.[i]);
}
// #endregion

// #region PenchantError catalogue
try {
  await readInteractions("rating.csv");
} catch (error) {
  if (!(error instanceof PenchantError)) throw error;
  console.log(error.code, error.fix); // DATA_FILE_MISSING Did you mean ratings.csv?
  console.log(catalogue[error.code].when);
}
// #endregion

// #region toImplicit
const liked = toImplicit(ratings, { kind: "threshold", minimum: 4 });
console.log(liked.size, "of", ratings.size, "are at least 4");
// #endregion

// #region kCore
const dense = kCore(ratings, { users: 5, items: 10 });
console.log(dense.users.size, "users with 5 or more,", dense.items.size, "items with 10 or more");
// #endregion

// #region leaveLastOut
const last = leaveLastOut(ratings, { validation: true, seed: 1 });
console.log(last.train.size, last.validation?.size, last.test.size);
// #endregion

// #region ratioSplit
const fifth = ratioSplit(ratings, { test: 0.2, validation: 0.1, seed: 1 });
console.log(fifth.train.size, fifth.validation?.size, fifth.test.size);
// #endregion

// #region timeSplit
const later = timeSplit(ratings, { test: 0.2 });
console.log(later.train.size, "before,", later.test.size, "after");
// #endregion

// #region foldSplit
const second = foldSplit(ratings, { fold: 2, folds: 5, validation: 0.1, seed: 1 });
console.log(second.train.size, second.test.size);
// #endregion

// #region windowSplit
const latest = windowSplit(ratings, { window: 3, windows: 3, keepNewUsers: true });
console.log(latest.train.size, latest.test.size);
// #endregion

// #region noSplit
const all = noSplit({ interactions: ratings }); // for a run that is to answer, not to be measured
console.log(all.train.size, all.test.size);
// #endregion

// #region givenSplit
mkdirSync("bench", { recursive: true });
writeFileSync("bench/tiny.train.rating", "0\t0\t5\t1\n0\t1\t4\t2\n1\t1\t3\t1\n1\t2\t5\t2\n");
writeFileSync("bench/tiny.test.rating", "0\t2\t4\t3\n1\t0\t5\t3\n");
writeFileSync("bench/tiny.test.negative", "(0,2)\t3\n(1,0)\t3\n");
const benchmark = await importDataset("bench", { format: "ncf" });
console.log(givenSplit(benchmark).test.size);
// #endregion

// #region readPicture
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
writeFileSync("poster.png", Buffer.from(pixel, "base64"));
const posters = [await readPicture("poster.png", 16)]; // of the items, by index; the same size for all
console.log({ name: "poster", kind: "image", why: "pictures", values: posters }); // a column of the option features of fit
// #endregion
