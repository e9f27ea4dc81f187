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

test("an address tells it too, as JSON", async () => {
  const { app } = await started({ artifacts: await evenings() });
  const get = (query: object) =>
    ask(app, "GET", `/v1/users/u1/recommendations?${new URLSearchParams({ k: "5", ...query })}`);
  const event = { context: { device: "phone" }, at: "2024-02-10T08:30" };
  const same = await ask(app, "POST", "/v1/recommend", { user: "u1", k: 5, ...event });
  const got = await get({ context: JSON.stringify(event.context), at: event.at });
  expect([got.status, items(got)]).toEqual([200, items(same)]);
  for (const [query, code] of [
    [{ context: "device" }, "SERVE_REQUEST"],
    [{ context: '["phone"]' }, "SERVE_REQUEST"],
    [{ context: '{"device": {"of": "phone"}}' }, "SERVE_REQUEST"],
    [{ context: '{"devise": "phone"}' }, "FEATURE_UNKNOWN"],
    [{ context: '{"hour": 25}' }, "FEATURE_VALUE"],
    [{ at: "soon" }, "CONFIG_VALUE"],
  ] as const) {
    const { status, body } = await get(query);
    expect([status, body.error?.code], JSON.stringify(query)).toEqual([400, code]);
  }
});

test("events keep theirs in the log; one of another kind is refused, and none of its request is written", async () => {
  const { app, service } = await started({ artifacts: await evenings() });
  const post = (...events: object[]) => ask(app, "POST", "/v1/events", { events });
  const event = { user: "u1", item: "i2", type: "click", time: 1_707_500_000 } as const;
  const told = { ...event, context: { device: "phone", mood: ["calm"] } };
  expect(await post(told, event)).toMatchObject({ status: 200, body: { accepted: 2, last: 2 } });
  for (const [context, code] of [
    [{ device: { of: "phone" } }, "SERVE_REQUEST"],
    ["phone", "SERVE_REQUEST"],
  ] as const) {
    const { status, body } = await post(event, { ...event, context });
    expect([status, body.error?.code], JSON.stringify(context)).toEqual([400, code]);
  }
  const aged = await started({ artifacts: { aged: await agedRun() } });
  const { status, body } = await ask(aged.app, "POST", "/v1/events", {
    events: [event, { ...event, context: { price: "cheap" } }],
  });
  expect([status, body.error?.code]).toEqual([400, "FEATURE_VALUE"]);
  expect((await ask(aged.app, "GET", "/v1/users/u1")).body["met"]).toEqual([]);
  expect(service.people.of("u1").size).toBe(1);
});

/** A run that reads a number of events. */
async function agedRun() {
  const rows = Array.from({ length: 60 }, (_, i) => `u${i % 12},i${(i * 7) % 9},${1_700_000_000 + i},${i % 5}.5`);
  const file = temporaryFile("prices.csv", ["user,item,time,price", ...rows].join("\n"));
  const { interactions, features } = await importDataset(file, { context: ["price"] });
  const run = await train(twoTower({ dim: 4 }) as Model, interactions, { epochs: 1, progress: "none", features });
  return toArtifact(run, interactions);
}
