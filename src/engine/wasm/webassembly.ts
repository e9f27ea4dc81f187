/** The little of WebAssembly's interface that is used here; neither a browser's types nor new ones of Node are assumed. */

/** A compiled module; may be sent to workers. */
export interface CompiledModule {
  readonly compiled?: never;
}

/** Shared memory; its buffer must be asked for anew after it may have grown. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: BufferSource) => CompiledModule;
  readonly Instance: new (module: CompiledModule, imports: object) => { readonly exports: object };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory;
  compile(bytes: BufferSource): Promise<CompiledModule>;
}

type BufferSource = ArrayBuffer | ArrayBufferView;

export const webAssembly: WebAssemblyApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
