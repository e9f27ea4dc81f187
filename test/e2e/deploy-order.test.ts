/** What happens when a change of the deployments ends halfway: copies are removed after it is noted that nothing needs them, never before. */
import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { deployRun, loadDeployed, readDeployments, rollBack, undeploy } from "../../src/cli/deployments.ts";
import { Session } from "../../src/cli/session.ts";
import type { Engine } from "../../src/engine/contract.ts";
import { loadEngine } from "../../src/engine/index.ts";
import { answer, clubFolder } from "./cli.ts";

/** The next so many files that are written whole are not: as if the process had ended there. */
const ends = vi.hoisted(() => ({ after: Number.POSITIVE_INFINITY }));
vi.mock("../../src/cli/output.ts", async (original) => {
  const actual = await original<typeof import("../../src/cli/output.ts")>();
  return {
    ...actual,
    writeWhole: async (...given: Parameters<typeof actual.writeWhole>) => {
      if (ends.after-- <= 0) throw new Error("the end");
      await actual.writeWhole(...given);
    },
  };
});

let session: Session;
let engine: Engine;
const deploy = () => deployRun(session, engine, { run: "a", as: "shop", keep: 2 });
const copies = () => session.workspace.names("model").sort();

beforeAll(async () => {
  const folder = await clubFolder();
  await answer(folder, "train", "bpr-mf", "--epochs", "1", "--run", "a");
  engine = await loadEngine("reference");
  session = new Session(
    { engine: "reference", workspace: join(folder, ".penchant"), threads: 1 },
    new AbortController().signal,
  );
}, 60_000);

test("a deployment that ends before it is noted takes no copy that may still answer", async () => {
  for (let i = 0; i < 3; i++) await deploy();
  await rollBack(session, "shop");
  expect(readDeployments(session)["shop"]).toMatchObject({ active: [2], deployments: [{ number: 2 }, { number: 3 }] });
  await deploy();
  expect(copies()).toEqual(["shop.2", "shop.3", "shop.4"]);
  ends.after = 0;
  await expect(deploy()).rejects.toThrow("the end"); // it would do without the second
  ends.after = Number.POSITIVE_INFINITY;
  await rollBack(session, "shop");
  using model = await loadDeployed(session, engine, "shop", "now").then((loaded) => ({
    number: loaded.deployment,
    [Symbol.dispose]: () => loaded.retire(),
  }));
  expect(model.number).toBe(2);
  expect(copies()).not.toContain("shop.5"); // what was left halfway is swept away
});

test("a name that is taken away keeps its copies until that is noted", async () => {
  const before = copies();
  ends.after = 0;
  await expect(undeploy(session, "shop")).rejects.toThrow("the end");
  expect(copies()).toEqual(before);
  ends.after = Number.POSITIVE_INFINITY;
  await undeploy(session, "shop");
  expect(copies()).toEqual([]);
});
