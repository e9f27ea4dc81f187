import { expect, test } from "vitest";
import { eveningsCsv, kindOf } from "../../test/support/evenings.ts";
import { temporaryFile } from "../../test/support/folder.ts";
import { ask, items, started } from "../../test/support/service.ts";
import { importDataset } from "../dataset/index.ts";
import { bprMf, twoTower } from "../models/index.ts";
import type { Model } from "../nn/model.ts";
import { toArtifact, fit as train } from "../train/index.ts";

const page = { candidates: [{ from: "blind", n: 20 }], rank: "aware", k: 5 };

async function evenings() {
  const file = temporaryFile("evenings.csv", eveningsCsv(60));
  const { interactions, features } = await importDataset(file, { context: ["device"] });
  const learned = async (model: Model, context?: string) => {
    const options = { epochs: 25, batchSize: 64, learningRate: 0.02, seed: 3, progress: "none", features } as const;
    return toArtifact(await train(model, interactions, { ...options, ...(context && { context }) }), interactions);
  };
  return {
    aware: await learned(twoTower({ dim: 16, hidden: [16] }) as Model, "device,hour"),
    blind: await learned(bprMf({ factors: 4 }) as Model),
  };
}

test("a request tells what is known of its event: to the model that reads it, alone or as rank of a pipeline", async () => {
  const { app } = await started({ artifacts: await evenings(), pipelines: { page } });
  const phones = async (device: string, rest: object) => {
    let count = 0;
    for (let user = 0; user < 12; user++) {
      const body = { user: `u${user}`, context: { device }, at: "2024-02-10T08:30", k: 5, ...rest };
      const answer = await ask(app, "POST", "/v1/recommend", body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      count += items(answer).filter((item) => kindOf(Number(item.slice(1))).device === "phone").length;
    }
    return count;
  };
  for (const way of [{}, { pipeline: "page" }, { pipeline: "page", history: ["i3"] }])
    expect(await phones("phone", way), JSON.stringify(way)).toBeGreaterThan(10 + (await phones("desk", way)));
});

test("what nothing reads, or is not of its kind, is refused with its code", async () => {
  const { app } = await started({
    artifacts: await evenings(),
    pipelines: { page, plain: { ...page, rank: "blind" } },
  });
  for (const [body, code] of [
    [{ context: { devise: "phone" } }, "FEATURE_UNKNOWN"],
    [{ context: { devise: "phone" }, pipeline: "page" }, "FEATURE_UNKNOWN"],
    [{ context: { device: "phone" }, model: "blind" }, "FEATURE_MISSING"],
    [{ context: { device: "phone" }, pipeline: "plain" }, "FEATURE_MISSING"],
    [{ at: "soon" }, "CONFIG_VALUE"],
    [{ at: { hour: 8 } }, "SERVE_REQUEST"],
    [{ context: "phone" }, "SERVE_REQUEST"],
  ] as const) {
    const answer = await ask(app, "POST", "/v1/recommend", { user: "u1", ...body });
    expect([answer.status, answer.body.error?.code], JSON.stringify(body)).toEqual([400, code]);
  }
  const { body } = await ask(app, "GET", "/openapi.json");
  expect(JSON.stringify(body)).toContain("what is known of the event, by the names of its columns");
});
