/** `npm run bench -- serve --switches 100`: a model is rolled back and activated again and again while it answers. */
import { type Load, openLoop } from "./load.ts";
import { head, print, row } from "./rows.ts";
import { memoryOf, type Server } from "./servers.ts";

export interface Switches extends Pick<Load, "next"> {
  readonly items: number;
  readonly rate: number;
  readonly times: number;
}

/** Pauses between one switch and the next, in milliseconds. */
const PAUSE = 100;

/** Exit status: 1 where a request failed, or a switch did. */
export async function switches(server: Server, { items, rate, times, next }: Switches): Promise<number> {
  const took: number[] = [];
  let isOver = false;
  const switching = async () => {
    for (let i = 0; i < times; i++) {
      const start = performance.now();
      await change(server, i % 2 === 0 ? "rollback" : "activate");
      took.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  };
  const done = switching().finally(() => {
    isOver = true;
  });
  head();
  let failed = 0;
  while (!isOver) {
    const found = await openLoop({ url: server.url, rate, seconds: 5, next });
    failed += found.failed;
    row(items, `lists, ${took.length} switches`, rate, found, memoryOf(server));
  }
  await done;
  took.sort((a, b) => a - b);
  const [middle = Number.NaN, last = Number.NaN] = [took[Math.floor(took.length / 2)], took.at(-1)];
  print(
    `${took.length} of ${times} switches, ${middle.toFixed(0)} ms each (at most ${last.toFixed(0)}), ${failed} failed requests.`,
  );
  return failed > 0 || took.length < times ? 1 : 0;
}

async function change({ url }: Server, how: "rollback" | "activate"): Promise<void> {
  const body = how === "activate" ? { deployment: 2 } : {};
  const answer = await fetch(`${url}/v1/models/shop/${how}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${how}: ${answer.status} ${await answer.text()}`);
}
