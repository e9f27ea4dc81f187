import { loadWasmEngine } from "/dist/browser.js";
import { hash } from "/dist/core/random.js";
import { neuMf } from "/dist/models/index.js";
import { initialParameters, scorePlan, trainingPlan } from "/dist/nn/index.js";
import { trainSmall } from "/train.mjs";

const product = { hash, initialParameters, neuMf, scorePlan, trainingPlan };
let turns = 0;
const timer = setInterval(() => {
  turns += 1;
}, 1);

try {
  const engine = await loadWasmEngine();
  const result = await trainSmall(engine, product, 2);
  const status = { ...result, isIsolated: crossOriginIsolated, turns };
  document.querySelector("#status").textContent = `loss ${result.losses.at(-1).toFixed(4)}`;
  globalThis.result = status;
} catch (error) {
  globalThis.result = { error: String(error?.stack ?? error) };
} finally {
  clearInterval(timer);
}
