import type { ChildProcess } from "node:child_process";
import { onTestFinished } from "vitest";
import { start } from "./cli.ts";

export interface Server {
  readonly url: string;
  readonly child: ChildProcess;
  get(path: string, key?: string): Promise<Reply>;
  post(path: string, body?: object, key?: string): Promise<Reply>;
  delete(path: string): Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at a few fields of many answers.
  readonly body: any;
}

/** `penchant serve ARGS` on a free port, ready to answer. */
export async function startServer(folder: string, ...args: string[]): Promise<Server> {
  const child = start(folder, ["serve", ...args, "--port", "0", "--json"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (chunk) => {
      text += chunk;
      const ready = /"url":"([^"]+)".*"msg":"ready"/.exec(text)?.[1];
      if (ready) resolve(ready);
    });
    child.on("close", () => reject(new Error(text)));
  });
  const ask = async (path: string, init: RequestInit, key?: string): Promise<Reply> => {
    const headers = {
      ...(init.body && { "content-type": "application/json" }),
      ...(key && { authorization: `Bearer ${key}` }),
    };
    const response = await fetch(url + path, { ...init, headers });
    return { status: response.status, body: await response.json() };
  };
  return {
    url,
    child,
    get: (path, key) => ask(path, {}, key),
    delete: (path) => ask(path, { method: "DELETE" }),
    post: (path, body, key) => ask(path, { method: "POST", ...(body && { body: JSON.stringify(body) }) }, key),
  };
}
