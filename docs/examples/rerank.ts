import {
  boosted,
  byScore,
  calibrate,
  calibrateByFlow,
  capped,
  cosineOf,
  diversify,
  dpp,
  fair,
  freshened,
  jaccardOf,
  leastOfGroup,
  miscalibration,
  mmr,
  msd,
  pinned,
  scaled,
  sharesOf,
  ssd,
  xquad,
} from "penchant/rerank";

// four candidates, the best first; the first two are nearly the same
const scores = [0.9, 0.88, 0.5, 0.4];
const vectors = Float32Array.of(1, 0, 0.99, 0.1, 0, 1, 0.7, 0.7);
const genres = [["crime"], ["crime"], ["comedy"], ["crime", "comedy"]];

// #region mmr msd dpp cosineOf
const alike = cosineOf(vectors, 2);
console.log(mmr(scores, alike, { k: 3, lambda: 0.5 })); // places: 0, then one that is unlike it
console.log(msd(scores, alike, { k: 3, lambda: 0.5 }));
console.log(dpp(scores, alike, { k: 3, lambda: 0.5 }));
// #endregion

// #region jaccardOf
const byGenre = jaccardOf(genres.map((one) => new Set(one)));
console.log(mmr(scores, byGenre, { k: 3, lambda: 0.5 }));
// #endregion

// #region ssd
console.log(ssd(scores, alike, { k: 3, gamma: 0.5, window: 3 }));

// #endregion

// #region diversify
import { loadEngine } from "penchant";

const engine = await loadEngine();
const request = { scores, traits: { vectors, width: 2 }, diversity: { method: "mmr", lambda: 0.5 }, k: 3 } as const;
console.log(await engine.diversify(request)); // by the Rust core: as mmr above, sooner
console.log(diversify(request)); // the same in JavaScript
// #endregion

// #region xquad calibrate calibrateByFlow sharesOf miscalibration
const kinds = genres.map((one) => sharesOf([one]));
const liked = sharesOf([["crime"], ["comedy"], ["comedy"]]); // of what the person has liked
console.log(xquad(scores, kinds, liked, { k: 3 }));
const list = calibrate(scores, kinds, liked, { k: 3 });
console.log(calibrateByFlow(scores, kinds, liked, { k: 3 })); // the best of all lists
console.log(
  miscalibration(
    Array.from(list, (place) => kinds[place] ?? sharesOf([])),
    liked,
  ),
); // in nats
// #endregion

// #region fair leastOfGroup
const isNew = [false, false, true, true];
console.log(fair(scores, isNew, { k: 4, share: 0.6 }));
console.log(leastOfGroup(10, 0.6, 0.1)); // how many are needed among the first 1, 2 … 10
// #endregion

// #region freshened boosted scaled byScore
const days = [400, 3, 10, 1];
console.log(byScore(freshened(scores, days, { halfLife: 30, weight: 0.4 })));
console.log(byScore(boosted(scores, isNew, 0.2)), scaled(scores));
// #endregion

// #region capped pinned
console.log(capped(genres, 1, 2)); // one of each genre among the first two
console.log(pinned(scores.length, new Map([[3, 1]]))); // the last one first
// #endregion
