import { readFile } from "node:fs/promises";
import { loadArtifact } from "penchant";
import { loadWasmEngine } from "penchant/browser";

// #region loadWasmEngine
// A page leaves `bytes` out: the module is then fetched from where the bundler put it.
const bytes = await readFile("node_modules/penchant/dist/engine/wasm/penchant.wasm");
const engine = await loadWasmEngine({ bytes });
const { plans, parameters, users, items } = await loadArtifact("runs/bpr");
using scorer = await engine.scorer({
  plan: plans.score,
  parameters,
  users: users.length,
  items: items.length,
  threads: 1,
});
console.log(await scorer.topK({ users: Int32Array.of(0), k: 3 })); // indices into items
// #endregion
