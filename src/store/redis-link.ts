import { fail, penchantError } from "../core/errors.ts";

/** What a server answers: texts, numbers and lists of these. */
export type Reply = string | number | null | readonly Reply[];

/** A connection to a server of Redis or Valkey, made again whenever it is lost. */
export interface RedisLink {
  /** Whether there is a connection now. */
  readonly isUp: boolean;
  /** Rejects where there is no connection, the server refuses, or does not answer in time. */
  call(command: readonly string[], milliseconds: number): Promise<Reply>;
  close(): Promise<void>;
}

const SCHEMES: Readonly<Record<string, string>> = {
  "redis:": "redis:",
  "rediss:": "rediss:",
  "valkey:": "redis:",
  "valkeys:": "rediss:",
};

/** What no waiting changes. */
const REFUSED = /^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password|ERR DB index)/;

/** Where a store is, without its password. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname, hash } = new URL(url);
  return `${protocol}//${host}${pathname}${hash}`;
}

/**
 * Resolves when the server answers, or `patience` milliseconds have passed: it may come later. Throws STORE_URL for what is no address or refuses us,
 * STORE_CLIENT where @redis/client, which an install does not bring, is missing.
 */
export async function openLink(url: string, patience: number): Promise<RedisLink> {
  const address = addressOf(url);
  const { createClient, ErrorReply } = await import("@redis/client").catch((cause: unknown) =>
    fail("STORE_CLIENT", {
      what: "Nothing that speaks to Redis or Valkey is installed: @redis/client is missing",
      cause,
    }),
  );
  const client = createClient({
    url: address,
    RESP: 2,
    disableOfflineQueue: true,
    socket: { connectTimeout: 2000, reconnectStrategy: (retries) => Math.min(1000, 50 * 2 ** Math.min(retries, 6)) },
  });
  let refusal: Error | undefined;
  const note = (error: Error) => {
    if (error instanceof ErrorReply && REFUSED.test(error.message)) refusal = error;
  };
  client.on("error", note);
  void client.connect().catch(() => {});
  const until = performance.now() + patience;
  while (!client.isReady && refusal === undefined && performance.now() < until) await pause(10);
  if (client.isReady) await inTime(client.sendCommand(["PING"]), patience).catch(note);
  if (refusal !== undefined) {
    client.destroy();
    fail("STORE_URL", { what: `The store at ${shownUrl(url)} lets nobody in`, received: refusal.message });
  }
  return {
    get isUp() {
      return client.isReady;
    },
    call: (command, milliseconds) => inTime(client.sendCommand<Reply>([...command]), milliseconds),
    async close() {
      client.destroy();
    },
  };
}

function addressOf(url: string): string {
  const scheme = URL.canParse(url) ? SCHEMES[new URL(url).protocol] : undefined;
  if (scheme !== undefined) return url.replace(/^[a-z]+:/i, scheme).replace(/#.*$/, "");
  return fail("STORE_URL", {
    what: "What is given as a store is no address of one",
    expected: "redis://HOST:6379/0, or rediss:, valkey:, valkeys:",
    received: url.replace(/\/\/.*@/, "//…@"),
  });
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function inTime<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = () => penchantError("STORE_WRITE", { what: `The store has not answered for ${milliseconds} ms` });
    timer = setTimeout(() => reject(error()), milliseconds);
  });
  work.catch(() => {}); // whom nobody waits for any more
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
