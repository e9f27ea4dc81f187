/** Bodies on their way in: how much of them is held at once, and what becomes of those that are refused. */
import type { IncomingMessage } from "node:http";
import { Transform } from "node:stream";
import type { FastifyInstance } from "fastify";
import { Refusal } from "./gate.ts";

/** Bodies that say they are at most so long are not counted: they are what requests are like. */
const SMALL = 16 << 10;
/** Bytes of all others together, at least; and at least so many bodies of the most that one may have. */
const [HELD, BODIES] = [64 << 20, 4];

/** Bytes that are held of bodies which have not yet come to their end. */
export class Held {
  readonly #most: number;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Throws SERVE_BUSY where it would be too much. */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#most) throw new Refusal("SERVE_BUSY", "Too many large bodies are on their way", 1);
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** Counts what arrives of large bodies. A place at the gate is for requests that are there: here somebody may send half of one, and wait. */
export function countBodies(app: FastifyInstance, bodyLimit: number): void {
  const held = new Held(Math.max(HELD, BODIES * bodyLimit));
  app.addHook("preParsing", async ({ headers, raw }, _reply, payload) => {
    if (Number(headers["content-length"] ?? Number.POSITIVE_INFINITY) <= SMALL) return payload;
    let own = 0;
    const giveBack = () => {
      held.give(own);
      own = 0;
    };
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        try {
          held.take(chunk.length);
          own += chunk.length;
          done(null, chunk);
        } catch (refusal) {
          giveBack();
          done(refusal as Error);
        }
      },
    });
    counted.on("error", () => {}); // also when whoever reads it has turned away
    raw.once("close", () => {
      giveBack();
      if (!raw.complete) counted.destroy();
    });
    return payload.pipe(counted);
  });
}

/**
 * Reads on what a refused request still sends, and throws it away, for two seconds at most: a connection that is closed while something arrives is reset,
 * and the answer with it. Who sends nothing is not waited for.
 */
export function drained(request: IncomingMessage, quiet = 100, most = 2000): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(silence);
      clearTimeout(limit);
      for (const event of ["end", "close", "error"]) request.off(event, end);
      request.off("data", again);
      resolve();
    };
    const again = () => void silence.refresh();
    const silence = setTimeout(end, quiet);
    const limit = setTimeout(end, most);
    for (const event of ["end", "close", "error"]) request.once(event, end);
    request.unpipe();
    request.on("data", again).resume();
    if (request.complete || request.destroyed) end();
  });
}
