/**
 * Requests made from the description of the service, and damaged: whatever comes, the answer is no 500. `PENCHANT_FUZZ=20000` sends more, `PENCHANT_FUZZ_SEED=7`
 * others. With `PENCHANT_FUZZ_KEEP=1` what was answered in a way that the corpus has not yet, a failure above all, is added to it
 * (test/golden/requests/corpus.jsonl), and the answers to all of it are noted anew: look at what has changed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { expect, test } from "vitest";
import { fuzz } from "../../test/support/fuzz.ts";
import { type MadeRequest, requestsOf } from "../../test/support/requests.ts";
import { started } from "../../test/support/service.ts";
import { openApi } from "./openapi.ts";

const REQUESTS = Number(process.env["PENCHANT_FUZZ"] ?? 400);
const KEEPS = process.env["PENCHANT_FUZZ_KEEP"] === "1";
const corpus = join(import.meta.dirname, "..", "..", "test", "golden", "requests", "corpus.jsonl");

/** A request of the corpus: a body may be written as texts with how often each stands there. */
interface Kept {
  readonly method: string;
  readonly url: string;
  readonly body?: string | readonly (readonly [string, number])[];
  readonly status: number;
  readonly code?: string;
}

const textOf = (body: Kept["body"]): string | undefined =>
  typeof body === "object" ? body.map(([text, times]) => text.repeat(times)).join("") : body;

interface Outcome {
  readonly status: number;
  /** Of an error. */
  readonly code: string | undefined;
  readonly text: string;
}

async function send(app: FastifyInstance, { method, url, body }: MadeRequest): Promise<Outcome> {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const payload = body === undefined ? {} : { payload: body };
  const answer = await app.inject({ method: method as "GET", url, headers, ...payload });
  const code = answer.statusCode >= 400 ? (answer.json().error?.code as string | undefined) : undefined;
  return { status: answer.statusCode, code, text: answer.body };
}

function expectAnswered({ status, code, text }: Outcome): void {
  expect([status < 500 || status === 503, text]).toEqual([true, text]);
  if (status >= 400) expect([code, text]).toEqual([expect.any(String), text]);
}

function fresh() {
  const sources = [
    { from: "tiny", n: 5 },
    { from: "popular", n: 2 },
  ];
  return started({ workshop: "forgets anna", pipelines: { home: { candidates: sources, rank: "tiny", k: 3 } } });
}

const readCorpus = (): readonly Kept[] =>
  readFileSync(corpus, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Kept);

const routeOf = (url: string) => url.replace(/\?.*$/, "").replace(/^(\/v1\/(?:items|users|models)\/)[^/]*/, "$1:");
const kindOf = (method: string, url: string, status: number, code?: string) =>
  [method, routeOf(url), status, code].join(" ");

/** Adds those whose kind is not there, and notes all answers, one after the other as they are sent again. */
async function keep(requests: readonly (MadeRequest & Outcome)[]): Promise<void> {
  const kept = readCorpus();
  const kinds = new Set(kept.map(({ method, url, status, code }) => kindOf(method, url, status, code)));
  const isNew = ({ method, url, status, code }: MadeRequest & Outcome) => {
    const kind = kindOf(method, url, status, code);
    return !kinds.has(kind) && kinds.add(kind);
  };
  const { app } = await fresh();
  const lines: string[] = [];
  for (const { method, url, body } of [...kept, ...requests.filter(isNew)]) {
    const { status, code } = await send(app, { method, url, body: textOf(body) });
    lines.push(JSON.stringify({ method, url, body, status, code }));
  }
  writeFileSync(corpus, `${lines.join("\n")}\n`);
}

test(
  `${REQUESTS} requests that the description allows, or nearly allows, are answered or refused`,
  async () => {
    const { app } = await fresh();
    const statuses = new Map<number, number>();
    const sent: (MadeRequest & Outcome)[] = [];
    const property = fc.asyncProperty(requestsOf(openApi("0.0.0")), async (request) => {
      const outcome = await send(app, request);
      if (KEEPS) sent.push({ ...request, ...outcome });
      statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
      expectAnswered(outcome);
    });
    try {
      await fc.assert(property, { ...fuzz(REQUESTS), interruptAfterTimeLimit: 60_000 + REQUESTS * 200 });
    } finally {
      if (KEEPS) await keep(sent);
    }
    expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 20); // they are not all refused at the door
  },
  90_000 + REQUESTS * 250,
);

test.skipIf(KEEPS)("every request of the corpus is answered as it was", async () => {
  const { app } = await fresh();
  for (const { method, url, body, status, code } of readCorpus()) {
    const outcome = await send(app, { method, url, body: textOf(body) });
    expectAnswered(outcome);
    expect({ method, url, status: outcome.status, code: outcome.code }).toEqual({ method, url, status, code });
  }
});
