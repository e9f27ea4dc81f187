import type { TSchema } from "typebox";
import type { Scope } from "./keys.ts";
import type { Service } from "./service.ts";

/** What a handler is given: checked by the schemas of its route. */
export interface Asked {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** The answer to a request that was checked, from all that was acknowledged before it came. */
export async function answerTo(service: Service, { scope, handle }: Route, asked: Asked): Promise<object> {
  if (scope !== undefined) await service.refresh();
  return await handle(service, asked);
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Parameters as `:name`. */
  readonly url: string;
  readonly summary: string;
  /** Its name among the tools of the MCP server; undefined: it is none. */
  readonly tool?: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  readonly answer: TSchema;
  /** An example of the body, which a test sends. */
  readonly example?: object;
  /** What a key needs; undefined: it is open to everybody, and never refused for want of room. */
  readonly scope: Scope | undefined;
  /** Takes as long as there is to do: not ended by the time-out of answers. */
  readonly isLong?: true;
  handle(service: Service, asked: Asked): object | Promise<object>;
}
