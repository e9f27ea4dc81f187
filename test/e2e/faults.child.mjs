/**
 * `faults.child.mjs WORKSPACE`: one work after another, with the disk failing at its first, second, third … write, sync, rename or new file until it gets through
 * without meeting the fault. Each time: the error has a code, the workspace holds what it held or what it was to hold, all of it can be used, and without the fault the work is
 * done. Says `WORK ERROR calls N refused N` for each, or what is wrong. From the built package.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deployRun, loadDeployed, readDeployments, rollBack } from "../../dist/cli/deployments.js";
import { openEngine } from "../../dist/cli/engine.js";
import { readExperiments, startExperiment, stopExperiment } from "../../dist/cli/experiments.js";
import { describeFailure } from "../../dist/cli/failure.js";
import { makeIndex, measureIndex } from "../../dist/cli/indexing.js";
import { importItems, itemsOfFile } from "../../dist/cli/item-import.js";
import { addKey, readKeys, removeKey } from "../../dist/cli/keys.js";
import { readCatalog } from "../../dist/cli/pipelines.js";
import { Session } from "../../dist/cli/session.js";
import { EventLog, eventsOf } from "../../dist/store/index.js";
import { arm, counted, watch } from "../support/faults.mjs";

const [workspace = ""] = process.argv.slice(2);
const session = new Session({ engine: "auto", workspace, threads: 1 }, new AbortController().signal);
const engine = await openEngine(session);
await watch(workspace);

const events = join(workspace, "events");
const logged = async () => {
  const all = [];
  for await (const { user, item } of eventsOf(events)) all.push(`${user}:${item}`);
  return all;
};
const withLog = async (work) => {
  const log = await EventLog.open(events, { segmentBytes: 2000 });
  try {
    return await work(log);
  } finally {
    await log.close().catch(() => {});
  }
};
const event = (user, item) => ({ user, item, type: "view", time: 1 });
let round = 0;

/** What is looked at, and the work: `before` undoes what it did, unhindered. */
const works = {
  deploy: {
    run: () => deployRun(session, engine, { run: round % 2 === 0 ? "a" : "b", as: "shop", keep: 2 }),
    state: deployed,
  },
  activate: {
    run: () => activate(another()),
    state: deployed,
  },
  rollback: {
    before: () => activate(another()),
    run: () => rollBack(session, "shop"),
    state: deployed,
  },
  items: {
    run: async () => {
      const file = join(workspace, "..", "items.jsonl");
      const lines = Array.from({ length: 5 }, (_, i) => JSON.stringify({ item: `film-${1 + i}`, value: round }));
      writeFileSync(file, lines.join("\n"));
      await importItems(session, itemsOfFile(file).items, "patch");
    },
    state: async () => {
      const catalog = await readCatalog(session);
      const values = new Set(Array.from(catalog.ids(), (id) => catalog.of(id).value));
      if (values.size > 1) throw new Error(`half of the items were changed: ${[...values]}`);
      return String([...values][0]);
    },
  },
  events: {
    run: () => withLog((log) => log.append([event("x", `film-${round}`), event("y", `film-${round}`)])),
    state: async () => (await logged()).join(" "),
  },
  erase: {
    before: () => withLog((log) => log.append([event("gone", "film-1"), event("stays", `film-${round}`)])),
    run: () => withLog((log) => log.erase("gone")),
    state: async () => (await logged()).join(" "),
  },
  experiment: {
    run: () => startExperiment(session, { ...trial, name: `t-${round}` }),
    after: () => stopExperiment(session, `t-${round}`),
    state: async () =>
      readExperiments(session)
        .map(({ name, stopped }) => `${name}${stopped ? "-" : "+"}`)
        .join(" "),
  },
  keys: {
    run: () => addKey(session, { name: "site", scopes: ["read"], rate: undefined }),
    after: () => removeKey(session, "site"),
    state: async () =>
      readKeys(session)
        .map(({ name }) => name)
        .join(" "),
  },
  index: {
    run: () => makeIndex(session, "a", { recall: 0.5, k: 5 }),
    state: () =>
      measureIndex(session, "a").then(
        ({ cells }) => `cells ${cells}`,
        (error) => (error.code === "INDEX_MISSING" ? "none" : Promise.reject(error)),
      ),
  },
};
const trial = { on: "a", with: "b", share: 0.5, shadow: false, outcome: "view", effect: 0.1, alpha: 0.05 };

const activate = async (number) => (await loadDeployed(session, engine, "shop", number)).retire();

/** A deployment that does not answer now. */
function another() {
  const { deployments, active } = readDeployments(session).shop;
  return deployments.find(({ number }) => number !== active.at(-1)).number;
}

async function deployed() {
  if (!readDeployments(session)["shop"]) return "none";
  const model = await loadDeployed(session, engine, "shop", "now"); // checksums, known answers
  model.retire();
  return `deployment ${model.deployment}`;
}

async function enumerate(name, error) {
  const { before, run, after, state } = works[name];
  let refused = 0;
  for (let at = 1; ; at++) {
    round++;
    await before?.();
    const was = await state();
    arm(at, { error });
    const thrown = await run().then(
      () => undefined,
      (reason) => reason ?? new Error("nothing was thrown"),
    );
    const calls = counted();
    arm(undefined);
    const { code, message } = thrown === undefined ? {} : describeFailure(thrown, false);
    if (code === "UNEXPECTED_FAILURE") throw new Error(`call ${at} of ${name} has no code: ${message}`);
    const now = await state();
    if (thrown !== undefined) refused++;
    if (calls >= at && thrown === undefined) throw new Error(`call ${at} of ${name} failed, which nobody noticed`);
    // Once it is clear what is to be, for instance where the folder's sync fails after the renaming, the new state may be there.
    if (thrown !== undefined && now !== was) {
      await after?.();
      process.stdout.write(`# ${name} ${error} call ${at}: ${code}, done nevertheless\n`);
    } else if (thrown !== undefined) {
      await run(); // the disk is well: so is the work
      if (name !== "index" && (await state()) === was) throw new Error(`after call ${at} ${name} does nothing`);
      await after?.();
    } else {
      await after?.();
      process.stdout.write(`${name} ${error} calls ${at - 1} refused ${refused}\n`);
      return;
    }
  }
}

for (const error of ["ENOSPC", "EIO"]) for (const name of Object.keys(works)) await enumerate(name, error);
arm(undefined, { short: true });
for (const [name, { before, run, after, state }] of Object.entries(works)) {
  round++;
  await before?.();
  const was = await state();
  await run();
  if (name !== "index" && (await state()) === was) throw new Error(`with short writes ${name} did nothing`);
  await after?.();
}
process.stdout.write("short writes\n");
