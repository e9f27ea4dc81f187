import { catalogue, type ErrorCode, penchantError } from "../../core/errors.ts";
import { inPortions } from "../portions.ts";
import type { Words } from "../request.ts";
import type { SharedMemory } from "./webassembly.ts";

/** What a function of the module answers. */
export interface Answer {
  readonly value: unknown;
  /** Copies outside the module's memory. */
  readonly arrays: readonly Uint32Array<ArrayBuffer>[];
}

/** The form in which the core reports a failure. */
interface Failure {
  readonly code: ErrorCode;
  readonly what: string;
  readonly expected?: string | null;
  readonly received?: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Words before the list of arrays; `native/wasm/src/message.rs` describes the layout. */
const HEAD = 2;

/** Writes JSON and arrays into memory from `allocate`; the receiver frees all of it. Resolves to the address. */
export async function writeMessage(
  memory: SharedMemory,
  allocate: (words: number) => number,
  value: unknown,
  arrays: readonly Words[],
): Promise<number> {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const list: number[] = [];
  for (const array of arrays) {
    const address = array.length === 0 ? 0 : allocate(array.length);
    list.push(address, array.length);
    // The memory is looked at anew each time: it may grow meanwhile.
    await inPortions(array, (part, start) => new Uint32Array(memory.buffer, address + 4 * start).set(part));
  }
  const head = Uint32Array.of(text.length, arrays.length, ...list);
  const block = allocate(head.length + Math.ceil(text.length / 4));
  new Uint32Array(memory.buffer, block, head.length).set(head);
  new Uint8Array(memory.buffer, block + head.byteLength, text.length).set(text);
  return block;
}

/** Copies an answer out of the memory and frees it. Rejects with the failure that it may be. */
export async function readMessage(
  memory: SharedMemory,
  release: (address: number, words: number) => void,
  block: number,
): Promise<Answer> {
  const { text, list } = readHead(memory, release, block);
  const arrays: Uint32Array<ArrayBuffer>[] = [];
  for (const [address, words] of list) {
    const copy = new Uint32Array(words);
    await inPortions(copy, (part, start) => part.set(new Uint32Array(memory.buffer, address + 4 * start, part.length)));
    if (words > 0) release(address, words);
    arrays.push(copy);
  }
  return { value: valueIn(text), arrays };
}

/** As `readMessage`, of a message without arrays. */
export function readValue(
  memory: SharedMemory,
  release: (address: number, words: number) => void,
  block: number,
): unknown {
  return valueIn(readHead(memory, release, block).text);
}

function readHead(
  memory: SharedMemory,
  release: (address: number, words: number) => void,
  block: number,
): { readonly text: string; readonly list: readonly (readonly [address: number, words: number])[] } {
  const [bytes = 0, count = 0] = new Uint32Array(memory.buffer, block, HEAD);
  const head = new Uint32Array(memory.buffer, block, HEAD + 2 * count).slice();
  // A copy: decoders refuse shared memory.
  const text = new TextDecoder().decode(new Uint8Array(memory.buffer, block + head.byteLength, bytes).slice());
  release(block, head.length + Math.ceil(bytes / 4));
  const list = Array.from({ length: count }, (_, i) => {
    const [address = 0, words = 0] = head.subarray(HEAD + 2 * i);
    return [address, words] as const;
  });
  return { text, list };
}

function valueIn(text: string): unknown {
  const answer = JSON.parse(text) as { readonly value: unknown } | { readonly failure: Failure };
  if ("failure" in answer) throw toError(answer.failure);
  return answer.value;
}

function toError({ code, what, expected, received, details }: Failure): Error {
  const known = Object.hasOwn(catalogue, code) ? code : "ENGINE_FAILURE";
  return penchantError(known, { what, expected: expected ?? undefined, received: received ?? undefined, details });
}

export const toFloats = (words: Uint32Array<ArrayBuffer> | undefined): Float32Array =>
  words === undefined ? new Float32Array() : new Float32Array(words.buffer);

export const toInts = (words: Uint32Array<ArrayBuffer> | undefined): Int32Array =>
  words === undefined ? new Int32Array() : new Int32Array(words.buffer);

/** The arrays of an answer by the names that are its value. */
export function toNamed({ value, arrays }: Answer): Record<string, Float32Array> {
  return Object.fromEntries((value as readonly string[]).map((name, i) => [name, toFloats(arrays[i])]));
}
