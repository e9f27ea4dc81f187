import { beforeEach, describe, expect, test } from "vitest";
import { penchantError } from "../../core/errors.ts";
import { type Order, type Reply, Runner, type Start, type Worker } from "./runner.ts";

interface FakeWorker extends Worker {
  readonly orders: Order[];
  isHeld: boolean;
  isStopped: boolean;
  reply(reply: Partial<Reply>): void;
}

let workers: FakeWorker[];
let freed: number[];

function start(): Worker {
  let listener: (reply: Reply) => void = () => {};
  const worker: FakeWorker = {
    orders: [],
    isHeld: false,
    isStopped: false,
    post: (message: Start | Order) => {
      if ("name" in message) worker.orders.push(message);
    },
    onReply: (next) => {
      listener = next;
    },
    hold: (isBusy) => {
      worker.isHeld = isBusy;
    },
    stop: () => {
      worker.isStopped = true;
    },
    reply: (reply) => listener({ result: 0, seconds: 0, ...reply }),
  };
  workers.push(worker);
  return worker;
}

const core = {
  module: {},
  memory: { buffer: new SharedArrayBuffer(0) },
  place: () => ({ stack: 0, locals: 0 }),
  call: (name: string, crew = 77) => {
    if (name === "crew_free") freed.push(crew);
    return crew;
  },
  failure: (trap: unknown) => penchantError("ENGINE_FAILURE", { what: String(trap) }),
};

const worker = (i: number): FakeWorker => workers[i] as FakeWorker;
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("runner", () => {
  let runner: Runner;
  beforeEach(() => {
    [workers, freed] = [[], []];
    runner = new Runner(core, start, 2);
  });

  test("a call runs in a worker, which is held for as long and then used again", async () => {
    const running = runner.run("trainer_run", 5, 6, 1);
    await settled();
    expect(worker(0).orders).toEqual([{ name: "trainer_run", args: [5, 6, 0] }]);
    expect(worker(0).isHeld).toBe(true);
    worker(0).reply({ result: -1, seconds: 2 });
    expect(await running).toEqual({ answer: 2 ** 32 - 1, seconds: 2 });
    expect(worker(0).isHeld).toBe(false);
    void runner.run("scorer_score", 7, 8, 1);
    await settled();
    expect(workers).toHaveLength(1);
    expect(worker(0).orders).toHaveLength(2);
  });

  test("the helpers of a call are dismissed with it", async () => {
    const running = runner.run("trainer_run", 5, 6, 3);
    await settled();
    expect(workers.map(({ orders }) => orders[0]?.args)).toEqual([
      [5, 6, 77],
      [77, 1],
      [77, 2],
    ]);
    worker(0).reply({ result: 9 });
    await settled();
    expect(freed).toEqual([]);
    worker(1).reply({});
    worker(2).reply({});
    expect((await running).answer).toBe(9);
    expect(freed).toEqual([77]);
  });

  test("calls that find too few workers wait in line", async () => {
    const calls = [4, 4, 3, 1].map((threads) => runner.run("scorer_score", threads, 0, threads));
    await settled();
    expect(workers).toHaveLength(8);
    expect(workers.filter(({ orders }) => orders[0]?.name === "scorer_score")).toHaveLength(2);
    for (const busy of workers.slice(0, 4)) busy.reply({});
    await calls[0];
    await settled();
    const started = workers.flatMap(({ orders }) => orders.filter(({ name }) => name === "scorer_score"));
    expect(started.map(({ args }) => args[0]).sort()).toEqual([1, 3, 4, 4]);
    expect(workers).toHaveLength(8);
  });

  test("a call that dies is an ENGINE_FAILURE; its workers are stopped, and others take their place", async () => {
    const running = runner.run("trainer_run", 5, 6, 2);
    await settled();
    worker(1).reply({ trap: "unreachable" });
    await expect(running).rejects.toMatchObject({ code: "ENGINE_FAILURE" });
    expect(workers.map(({ isStopped }) => isStopped)).toEqual([true, true]);
    const next = runner.run("trainer_run", 5, 6, 1);
    await settled();
    worker(2).reply({ trap: "unreachable" });
    await expect(next).rejects.toMatchObject({ code: "ENGINE_FAILURE" });
    const last = runner.run("trainer_run", 5, 6, 1);
    await settled();
    worker(3).reply({ result: 3 });
    expect((await last).answer).toBe(3);
  });
});
