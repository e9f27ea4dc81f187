import { fail, PenchantError } from "../core/errors.ts";

/** A refusal with the time after which it is worth asking again. */
export class Refusal extends PenchantError {
  /** In whole seconds, at least 1. */
  readonly retryAfter: number;

  constructor(code: "SERVE_RATE" | "SERVE_BUSY", what: string, seconds: number) {
    super(code, { what });
    this.retryAfter = Math.max(1, Math.ceil(seconds));
  }
}

/** How many answers may be under way at once. There is no queue behind it: the others are refused at once. */
export class Gate {
  readonly #most: number;
  #inside = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get inside(): number {
    return this.#inside;
  }

  /** Throws SERVE_BUSY where there is no place. */
  check(): void {
    if (this.#inside >= this.#most) throw new Refusal("SERVE_BUSY", `${this.#inside} answers are under way`, 1);
  }

  /** What `work` gives, which has a place until it is done, also where nobody waits for it any more. Throws SERVE_BUSY. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    this.#inside++;
    try {
      return await work();
    } finally {
      this.#inside--;
    }
  }
}

/** A bucket per caller: `rate` requests a second, and as many at once after a pause (one at least). */
export class RateLimit {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #now: () => number;

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Throws SERVE_RATE. */
  take(caller: string, rate: number): void {
    const now = this.#now();
    const most = Math.max(1, rate);
    const { tokens, at } = this.#buckets.get(caller) ?? { tokens: most, at: now };
    const filled = Math.min(most, tokens + ((now - at) / 1000) * rate);
    // Put at the end: the first is the one that has not asked for longest.
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > CALLERS && oldest !== undefined) this.#buckets.delete(oldest);
    if (filled < 1) throw new Refusal("SERVE_RATE", `More than ${rate} requests a second`, (1 - filled) / rate);
  }
}

/** Callers remembered. */
const CALLERS = 100_000;

/** What `work` gives, unless it takes longer. Throws SERVE_TIMEOUT; the work goes on, unheard. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      try {
        fail("SERVE_TIMEOUT", { what: `The answer took longer than ${milliseconds} ms` });
      } catch (error) {
        reject(error as Error);
      }
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
