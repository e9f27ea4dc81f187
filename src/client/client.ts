/**
 * A client of `penchant serve`: fetch and nothing else, for Node and for browsers. Types of requests and answers are those that the server
 * checks by.
 */
import type {
  ErasedAnswer,
  EventBody,
  EventsAnswer,
  ExperimentsAnswer,
  FieldsAnswer,
  HealthAnswer,
  ItemAnswer,
  ModelAnswer,
  ModelsAnswer,
  PatchBody,
  PutBody,
  ReadyAnswer,
  RecommendationsAnswer,
  RecommendBody,
  SimilarAnswer,
  UserAnswer,
} from "./wire.ts";

export interface ClientOptions {
  /** Where the server listens, as in `http://127.0.0.1:3000`. */
  readonly url: string;
  /** The key that the server asks for. */
  readonly key?: string | undefined;
  /** Milliseconds that an answer may take, retries apart. Default 10,000. */
  readonly timeout?: number | undefined;
  /** How often a request is sent again that the server had no room for, after the time it says. Default 2. */
  readonly retries?: number | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
}

/** What a server refused, as it said. */
export class RequestRefused extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Stable: see docs/errors.md. */
  readonly code: string;
  readonly fix: string;
  /** Seconds after which it is worth asking again; undefined: the server does not say. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    error: { readonly code: string; readonly message: string; readonly fix: string },
    retryAfter?: number,
  ) {
    super(`${error.code}: ${error.message}`);
    this.name = "RequestRefused";
    this.status = status;
    this.code = error.code;
    this.fix = error.fix;
    this.retryAfter = retryAfter;
  }
}

type Id = string | number;
type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Refusals of what was not begun: sending it again does nothing twice. */
const UNBEGUN: ReadonlySet<string> = new Set(["SERVE_BUSY", "SERVE_RATE", "STORE_BUSY"]);

/** Asks a server. Every method rejects with `RequestRefused` for what the server refuses, and as `fetch` does where it cannot be reached. */
export class PenchantClient {
  readonly #options: ClientOptions;
  readonly #fetch: typeof fetch;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** Items for a user, for somebody of whom some items are known, for both together, or a page of a pipeline. */
  recommend(body: RecommendBody): Promise<RecommendationsAnswer> {
    return this.#send("POST", "/v1/recommend", { body });
  }

  /** Items for a user, by an address that may be cached. */
  recommendations(
    user: Id,
    query: {
      readonly k?: number;
      readonly why?: boolean;
      readonly includeSeen?: boolean;
      readonly filter?: string;
      readonly model?: string;
      readonly context?: RecommendBody["context"];
      readonly at?: RecommendBody["at"];
    } = {},
  ): Promise<RecommendationsAnswer> {
    const { context, ...plain } = query;
    const asked = context === undefined ? plain : { ...plain, context: JSON.stringify(context) };
    return this.#send("GET", `/v1/users/${encoded(user)}/recommendations`, { query: asked });
  }

  /** Items like another one. */
  similar(
    item: Id,
    query: { readonly k?: number; readonly filter?: string; readonly model?: string } = {},
  ): Promise<SimilarAnswer> {
    return this.#send("GET", `/v1/items/${encoded(item)}/similar`, { query });
  }

  /** Tells what people did; resolves when it is on the server's disk and counts in every later answer. */
  events(events: readonly EventBody[]): Promise<EventsAnswer> {
    return this.#send("POST", "/v1/events", { body: { events } });
  }

  item(id: Id): Promise<ItemAnswer> {
    return this.#send("GET", `/v1/items/${encoded(id)}`);
  }

  putItem(id: Id, fields: PutBody["fields"]): Promise<ItemAnswer> {
    return this.#send("PUT", `/v1/items/${encoded(id)}`, { body: { fields } });
  }

  /** Null takes a field away. */
  patchItem(id: Id, fields: PatchBody["fields"]): Promise<ItemAnswer> {
    return this.#send("PATCH", `/v1/items/${encoded(id)}`, { body: { fields } });
  }

  /** Out of all lists, until it is put again. */
  deleteItem(id: Id): Promise<ItemAnswer> {
    return this.#send("DELETE", `/v1/items/${encoded(id)}`);
  }

  /** Everything that is kept of a person. */
  user(id: Id): Promise<UserAnswer> {
    return this.#send("GET", `/v1/users/${encoded(id)}`);
  }

  putUser(id: Id, fields: PutBody["fields"]): Promise<FieldsAnswer> {
    return this.#send("PUT", `/v1/users/${encoded(id)}`, { body: { fields } });
  }

  /** Null takes a field away. */
  patchUser(id: Id, fields: PatchBody["fields"]): Promise<FieldsAnswer> {
    return this.#send("PATCH", `/v1/users/${encoded(id)}`, { body: { fields } });
  }

  /** Takes a person out of everything, and says what was searched to prove it. Not ended by `timeout`. */
  deleteUser(id: Id): Promise<ErasedAnswer> {
    return this.#send("DELETE", `/v1/users/${encoded(id)}`, { isLong: true });
  }

  models(): Promise<ModelsAnswer> {
    return this.#send("GET", "/v1/models");
  }

  /** What runs beside what, and what was answered. */
  experiments(): Promise<ExperimentsAnswer> {
    return this.#send("GET", "/v1/experiments");
  }

  /** Lets a deployment answer; without a number that which the workspace says, or the run as it is now. Not ended by `timeout`. */
  activate(name: string, deployment?: number): Promise<ModelAnswer> {
    const body = deployment === undefined ? {} : { deployment };
    return this.#send("POST", `/v1/models/${encoded(name)}/activate`, { body, isLong: true });
  }

  /** Lets the deployment answer that did before. Not ended by `timeout`. */
  rollback(name: string): Promise<ModelAnswer> {
    return this.#send("POST", `/v1/models/${encoded(name)}/rollback`, { isLong: true });
  }

  health(): Promise<HealthAnswer> {
    return this.#send("GET", "/healthz");
  }

  ready(): Promise<ReadyAnswer> {
    return this.#send("GET", "/readyz");
  }

  async #send<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
    const { retries = 2 } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once<T>(method, path, sent);
      } catch (error) {
        const mayPass = error instanceof RequestRefused && UNBEGUN.has(error.code) && attempt < retries;
        if (!mayPass) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1000 * (error.retryAfter ?? 1)));
      }
    }
  }

  async #once<T>(method: string, path: string, { body, query, isLong }: Sent): Promise<T> {
    const { url, key, timeout = 10_000 } = this.#options;
    const response = await this.#fetch(`${url.replace(/\/$/, "")}${path}${textOf(query)}`, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(!isLong && { signal: AbortSignal.timeout(timeout) }),
    });
    if (response.ok) return (await response.json()) as T;
    throw await refusalOf(response);
  }
}

interface Sent {
  readonly body?: object;
  readonly query?: Query;
  readonly isLong?: boolean;
}

const encoded = (id: Id): string => encodeURIComponent(String(id));

function textOf(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length > 0
    ? `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`
    : "";
}

async function refusalOf(response: Response): Promise<RequestRefused> {
  const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfter = Number.isFinite(wait) ? wait : undefined;
  const body: unknown = await response.json().catch(() => undefined);
  const error = (body as { error?: { code: string; message: string; fix: string } } | undefined)?.error;
  const other = { code: "UNKNOWN", message: `the server answered ${response.status}`, fix: "See what stands between." };
  return new RequestRefused(response.status, error ?? other, retryAfter);
}
