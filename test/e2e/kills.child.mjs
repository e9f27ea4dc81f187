/**
 * `kills.child.mjs WORKSPACE SEED`: says what it finds in a workspace, everything checked as a server would (`found …`, then `ready`), and goes on deploying, rolling back,
 * noting fields of items and making an index: `begin WHAT …` before each, `done WHAT …` after. Runs until it is killed. From the built package.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deployRun, loadDeployed, readDeployments, rollBack } from "../../dist/cli/deployments.js";
import { openEngine } from "../../dist/cli/engine.js";
import { makeIndex, measureIndex } from "../../dist/cli/indexing.js";
import { importItems, itemsOfFile } from "../../dist/cli/item-import.js";
import { readCatalog } from "../../dist/cli/pipelines.js";
import { Session } from "../../dist/cli/session.js";
import { below, hash } from "../../dist/core/random.js";

const [workspace = "", seed = "1"] = process.argv.slice(2);
const session = new Session({ engine: "auto", workspace, threads: 1 }, new AbortController().signal);
const engine = await openEngine(session);
const say = (text) => process.stdout.write(`${text}\n`);

if (readDeployments(session)["shop"]) {
  const model = await loadDeployed(session, engine, "shop", "now"); // checksums, known answers
  say(`found active ${model.deployment}`);
  model.retire();
}
const catalog = await readCatalog(session);
for (const item of catalog.ids()) say(`found item ${item} ${catalog.of(item).value}`);
try {
  await measureIndex(session, "a"); // what is damaged, or of other vectors, throws something else
  say("found index a");
} catch (error) {
  if (error.code !== "INDEX_MISSING") throw error;
}
say("ready");

const ops = {
  deploy: async (round) => {
    const run = round % 2 === 0 ? "a" : "b";
    return (await deployRun(session, engine, { run, as: "shop", keep: 2 })).deployment;
  },
  rollback: async () => (await rollBack(session, "shop")).deployment,
  items: async (round) => {
    const [value, file] = [Number(seed) * 10_000 + round, join(workspace, "..", "items.jsonl")];
    const lines = Array.from({ length: 5 }, (_, i) => JSON.stringify({ item: `film-${1 + i}`, value }));
    writeFileSync(file, lines.join("\n"));
    say(`begin values ${value}`);
    await importItems(session, itemsOfFile(file).items, "patch");
    return value;
  },
  index: async () => (await makeIndex(session, "a", { recall: 0.5, k: 5 })).cells,
};
const names = Object.keys(ops);
for (let round = 0; ; round++) {
  const name = names[below(hash(Number(seed), round), names.length)];
  say(`begin ${name}`);
  try {
    say(`done ${name} ${await ops[name](round)}`);
  } catch (error) {
    if (error.code !== "SERVE_MODEL") throw error; // nothing to roll back to
    say(`done nothing 0`);
  }
}
