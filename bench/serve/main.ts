/**
 * `npm run bench -- serve`: how many requests a second `penchant serve` carries, and how long they take, in an open loop, the client on the same
 * machine. Random vectors of 64 (or, with `--model neumf`, NeuMF of 8 factors), top 10 with what was met left out; then events, each acknowledged when it is on the disk.
 * `--most MS` looks for the most that is carried, `--switches N` changes deployments under load, `--soak SECONDS` watches memory, `--gorse PATH` measures a server of
 * gorse beside. With `--traces` every request is a span of a real SDK, which exports to nowhere; with `--store redis://…` the log is in that server.
 */
import { parseArgs } from "node:util";
import { isKind } from "./artifact.ts";
import { beside } from "./beside.ts";
import { openLoop } from "./load.ts";
import { mostCarried } from "./most.ts";
import { head, print, row } from "./rows.ts";
import { memoryOf, type Server, USERS, type Way, withServer } from "./servers.ts";
import { soak } from "./soak.ts";
import { switches } from "./switches.ts";

const usage =
  "usage: npm run bench -- serve [--items 3706,100000] [--model dot|neumf] [--rates 250,500,1000] [--seconds 10] [--events 500] [--traces] [--store URL]\n" +
  "       … [--most MILLISECONDS | --switches TIMES | --soak SECONDS | --gorse BINARY [--rounds 3]]";

/** What was asked for, in numbers. */
interface Asked {
  readonly items: readonly number[];
  readonly rates: readonly number[];
  readonly seconds: number;
  /** Requests of 20 events a second. */
  readonly events: number;
}

/** Exit status. */
export async function main(args: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({ args: [...args], options });
  const { traces, store, model, gorse } = values;
  const numbers = (text: string) => text.split(",").map(Number);
  const asked = {
    ...{ items: numbers(values.items), rates: numbers(values.rates) },
    ...{ seconds: Number(values.seconds), events: Number(values.events) },
  };
  const only = [values.most, values.switches, values.soak, gorse].filter((one) => one !== undefined);
  const counts = [...asked.items, ...asked.rates, asked.seconds, asked.events, Number(values.rounds)];
  const lengths = [values.most, values.switches, values.soak].map((text) => Number(text ?? 1));
  if (![...counts, ...lengths].every((one) => one > 0) || only.length > 1 || !isKind(model)) {
    print(usage);
    return 2;
  }
  const way = { root, traces, store, model };
  const [items = 0] = asked.items;
  const [rate = 0] = asked.rates;
  if (gorse !== undefined) return await beside(way, { ...asked, gorse, rounds: Number(values.rounds) });
  if (values.soak !== undefined) return await soaked(way, asked, Number(values.soak));
  if (values.switches !== undefined) {
    const load = { items, rate, times: Number(values.switches), next: list };
    return await withServer(way, items, (server) => switches(server, load), true);
  }
  if (values.most !== undefined) return await searched(way, asked, Number(values.most));
  return await measured(way, asked);
}

const options = {
  items: { type: "string", default: "3706,100000" },
  rates: { type: "string", default: "250,500,1000" },
  seconds: { type: "string", default: "10" },
  events: { type: "string", default: "500" },
  model: { type: "string", default: "dot" },
  rounds: { type: "string", default: "3" },
  most: { type: "string" },
  switches: { type: "string" },
  soak: { type: "string" },
  gorse: { type: "string" },
  traces: { type: "boolean", default: false },
  store: { type: "string" },
} as const;

const list = (i: number) => ({ path: `/v1/users/u${(i * 7919) % USERS}/recommendations?k=10` });

const warm = ({ url }: Server) => openLoop({ url, rate: 100, seconds: 2, next: list });

/** Lists at each rate, then events. */
async function measured(way: Way, { items: sizes, rates, seconds, events }: Asked): Promise<number> {
  head();
  for (const items of sizes) {
    await withServer(way, items, async (server) => {
      const { url } = server;
      await warm(server);
      for (const rate of rates) {
        row(items, "lists", rate, await openLoop({ url, rate, seconds, next: list }), memoryOf(server));
      }
      const next = (i: number) => ({ path: "/v1/events", body: twentyEvents(i, items) });
      row(items, "20 events", events, await openLoop({ url, rate: events, seconds, next }), memoryOf(server));
    });
  }
  return 0;
}

const twentyEvents = (i: number, items: number): string =>
  JSON.stringify({
    events: Array.from({ length: 20 }, (_, j) => ({
      user: `new-${(i * 20 + j) % 1000}`,
      item: `i${(i * 31 + j) % items}`,
      type: "view",
    })),
  });

/** The most lists a second, from the first of the rates on. */
async function searched(way: Way, { items: sizes, rates, seconds }: Asked, within: number): Promise<number> {
  head();
  for (const items of sizes) {
    await withServer(way, items, async (server) => {
      await warm(server);
      const load = (rate: number) => openLoop({ url: server.url, rate, seconds, next: list });
      const most = await mostCarried(rates[0] as number, within, load, (rate, found) =>
        row(items, "lists", rate, found, memoryOf(server)),
      );
      print(`\n${items} items: ${most ?? "no rate"} a second at p99 < ${within} ms\n`);
    });
  }
  return 0;
}

/** The first of the items and rates alone, for long. */
const soaked = (way: Way, { items: [items = 0], rates: [rate = 0] }: Asked, seconds: number): Promise<number> =>
  withServer(way, items, (server) =>
    soak({
      ...{ url: server.url, users: USERS, items, rate, seconds, print },
      memory: () => Promise.resolve(memoryOf(server)),
    }),
  );
