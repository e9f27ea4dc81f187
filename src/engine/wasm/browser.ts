import type { Engine } from "../contract.ts";
import { createWasmEngine } from "./engine.ts";
import type { Host, Reply, Worker } from "./runner.ts";
import { webAssembly } from "./webassembly.ts";

/** The little of a browser that is used here. */
interface Browser {
  readonly Worker?: new (
    url: URL,
    options: { type: "module" },
  ) => {
    onmessage: (event: { readonly data: Reply }) => void;
    onerror: (event: { readonly message?: string }) => void;
    postMessage(message: unknown): void;
    terminate(): void;
  };
  /** Whether memory may be shared with workers: needs the page's COOP and COEP headers. */
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  fetch(url: URL): Promise<{ readonly ok: boolean; readonly status: number; arrayBuffer(): Promise<ArrayBuffer> }>;
}

export interface BrowserEngineOptions {
  /** The module's bytes, where a bundler or a cache has them; default: fetched from beside this file. */
  readonly bytes?: ArrayBuffer | Uint8Array | undefined;
  /**
   * Whether to compute in workers, so that the page stays free. Default: yes where the page is cross-origin isolated;
   * elsewhere training runs in slices on the calling thread, and scoring at once.
   */
  readonly workers?: boolean | undefined;
}

/** The engine over the WebAssembly core, in a browser's page or worker. Rejects where the module cannot be fetched. */
export async function loadWasmEngine(options: BrowserEngineOptions = {}): Promise<Engine & { readonly name: "wasm" }> {
  const browser = globalThis as unknown as Browser;
  const module = await webAssembly.compile(options.bytes ?? (await download(browser)));
  const withWorkers = options.workers ?? browser.crossOriginIsolated ?? false;
  const processors = browser.navigator?.hardwareConcurrency ?? 1;
  return createWasmEngine(module, { processors, start: withWorkers ? starter(browser) : undefined });
}

async function download(browser: Browser): Promise<ArrayBuffer> {
  const url = new URL("./penchant.wasm", import.meta.url);
  const response = await browser.fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.arrayBuffer();
}

function starter({ Worker: BrowserWorker }: Browser): Host["start"] {
  if (BrowserWorker === undefined) return undefined;
  return (): Worker => {
    const worker = new BrowserWorker(new URL("./worker.browser.mjs", import.meta.url), { type: "module" });
    let reply: (reply: Reply) => void = () => {};
    worker.onmessage = ({ data }) => reply(data);
    worker.onerror = ({ message }) => reply({ result: 0, seconds: 0, trap: message ?? "a worker failed" });
    return {
      post: (message) => worker.postMessage(message),
      onReply: (listener) => {
        reply = listener;
      },
      hold: () => {},
      stop: () => worker.terminate(),
    };
  };
}
