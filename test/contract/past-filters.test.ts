/** Filters on what people did read the event log, wherever it lies: what one server was told, another one leaves out. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EventLog, type EventStore, SharedLog, type StoreListener } from "../../src/store/index.ts";
import { temporaryFolder } from "../support/folder.ts";
import { ask, items, type Started, started } from "../support/service.ts";
import { tinyArtifact } from "../support/tiny-artifact.ts";
import { type Valkey, valkey, valkeyBinary, withoutValkey } from "../support/valkey.ts";

let server: Valkey;
beforeAll(async () => {
  if (valkeyBinary === undefined) return;
  server = await valkey();
  await server.start();
});
afterAll(() => server?.kill());

type Open = (listener: StoreListener) => Promise<EventStore>;
let folder = "";
const stores: readonly { readonly name: string; readonly isThere: boolean; readonly open: Open }[] = [
  { name: "embedded", isThere: true, open: (listener) => EventLog.open(folder, listener) },
  {
    name: `shared${withoutValkey}`,
    isThere: valkeyBinary !== undefined,
    open: (listener) => SharedLog.open(`${server.url}#past`, listener),
  },
];

const [, , , , bought = "", disliked = "", rated = "", viewed = ""] = tinyArtifact().items;
const shop = { candidates: [{ from: "tiny", n: 9 }], filter: ["bought", "disliked", { ratedBelow: 3 }], k: 9 };
const page = async ({ app }: Started) =>
  items(await ask(app, "POST", "/v1/recommend", { user: "zoe", pipeline: "shop" })).sort();

describe.each(stores.filter(({ isThere }) => isThere))("the $name store", ({ name, open }) => {
  test("what was told of purchases, dislikes and ratings is left out by the next server, and by one beside it", async () => {
    folder = temporaryFolder();
    const options = { pipelines: { shop }, openStore: open };
    const first = await started(options);
    const beside = name === "embedded" ? undefined : await started(options);
    const events = [
      { item: bought, type: "purchase" },
      { item: disliked, type: "dislike" },
      { item: rated, type: "rating", value: 2 },
      { item: viewed, type: "view" },
    ];
    const told = { events: events.map((event) => ({ user: "zoe", ...event })) };
    expect((await ask(first.app, "POST", "/v1/events", told)).status).toBe(200);
    const left = tinyArtifact()
      .items.filter((item) => ![bought, disliked, rated].includes(item))
      .sort();
    expect(await page(first)).toEqual(left);
    if (beside) expect(await page(beside)).toEqual(left);
    await first.app.close();
    await first.service.close();
    expect(await page(await started(options))).toEqual(left);
  });
});
