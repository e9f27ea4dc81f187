import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker as NodeWorker } from "node:worker_threads";
import type { Engine } from "../contract.ts";
import { createWasmEngine } from "./engine.ts";
import type { Reply, Worker } from "./runner.ts";
import { webAssembly } from "./webassembly.ts";

/** The engine over the WebAssembly core, in Node's worker threads. Rejects where the module cannot be read or compiled. */
export async function loadWasmEngine(): Promise<Engine & { readonly name: "wasm" }> {
  const path = process.env["PENCHANT_WASM"] ?? new URL("./penchant.wasm", import.meta.url);
  const module = await webAssembly.compile(await readFile(path));
  return createWasmEngine(module, { processors: availableParallelism(), start });
}

function start(): Worker {
  const worker = new NodeWorker(new URL("./worker.node.mjs", import.meta.url));
  let reply: (reply: Reply) => void = () => {};
  const die = (why: unknown) => reply({ result: 0, seconds: 0, trap: String(why) });
  worker.on("message", (message: Reply) => reply(message));
  worker.on("error", die);
  worker.on("exit", (code) => die(`the worker ended with code ${code}`));
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    onReply: (listener) => {
      reply = listener;
    },
    hold: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    stop: () => void worker.terminate(),
  };
}
