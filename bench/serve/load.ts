/** An open loop: requests begin when their time has come, whether those before are answered or not, so that a stall is seen by all that come during it. */
import { Agent, request } from "node:http";

export interface Load {
  readonly url: string;
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  /** The path, and the body of a POST. */
  next(i: number): { readonly path: string; readonly body?: string };
}

export interface Latencies {
  readonly asked: number;
  readonly failed: number;
  /** Answers a second, from the first to the last. */
  readonly rate: number;
  /** Milliseconds from the time at which a request was due. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Sends requests at exponential distances, from a fixed seed. */
export async function openLoop({ url, rate, seconds, next }: Load): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const { hostname, port } = new URL(url);
  const took: number[] = [];
  let [failed, asked, state] = [0, 0, 1];
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  const send = (due: number): Promise<void> =>
    new Promise((resolve) => {
      const { path, body } = next(asked++);
      const headers =
        body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const sent = request(
        { agent, hostname, port, path, method: body === undefined ? "GET" : "POST", headers },
        (answer) => {
          answer.resume();
          answer.on("end", () => {
            if (answer.statusCode === 200) took.push(performance.now() - due);
            else failed++;
            resolve();
          });
        },
      );
      sent.on("error", () => {
        failed++;
        resolve();
      });
      sent.end(body);
    });
  const start = performance.now();
  const pending = new Set<Promise<void>>();
  for (let due = start; due < start + seconds * 1000; due += (-Math.log(random()) * 1000) / rate) {
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    else if (asked % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    const one: Promise<void> = send(due).finally(() => pending.delete(one));
    pending.add(one);
  }
  await Promise.all(pending);
  const span = (performance.now() - start) / 1000;
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(share * took.length))] ?? Number.NaN;
  return { asked, failed, rate: took.length / span, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
