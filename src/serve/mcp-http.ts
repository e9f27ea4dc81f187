import { penchantError } from "../core/errors.ts";
import type { Ask } from "./mcp.ts";

/** What a server answers where it refuses. */
interface Refused {
  readonly error?: { readonly code: string; readonly message: string; readonly fix: string };
}

/** Answers of a server that runs elsewhere, with a key where it asks for one. Throws SERVE_REMOTE. */
export const askServer =
  (url: string, key: string | undefined): Ask =>
  async (route, { params, query, body }) => {
    const values = params as Readonly<Record<string, string>>;
    const path = route.url.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
    const search = new URLSearchParams(query as Record<string, string>).toString();
    const headers = {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    };
    let response: Response;
    let answer: object;
    try {
      const address = new URL(path + (search && `?${search}`), url);
      response = await fetch(address, {
        method: route.method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      answer = (await response.json()) as object;
    } catch (cause) {
      throw penchantError("SERVE_REMOTE", {
        what: `The server at ${url} does not answer`,
        received: String(cause),
        cause,
      });
    }
    const { error } = answer as Refused;
    if (response.ok || !error) return answer;
    throw penchantError("SERVE_REMOTE", { what: `${error.code}: ${error.message.replace(/\.$/, "")}`, fix: error.fix });
  };
