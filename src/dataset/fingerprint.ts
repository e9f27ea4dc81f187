import { createHash } from "node:crypto";
import type { EventRows } from "./event-rows.ts";
import type { TimedCsr } from "./timed.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Largest piece handed to the hash at once. */
const PIECE = 1 << 22;

/** SHA-256 (hex) over ids, structure, values, times, order and events; equal exactly when all of them are, on any little-endian machine. */
export function fingerprintOf(
  users: Vocabulary,
  items: Vocabulary,
  { offsets, items: columns, values, times, order }: TimedCsr,
  events?: EventRows,
): string {
  const hash = createHash("sha256");
  const add = (name: string, array: Uint8Array | Uint32Array | Int32Array | Float32Array | Float64Array): void => {
    hash.update(`${name}:${array.byteLength};`);
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let at = 0; at < bytes.length; at += PIECE) hash.update(bytes.subarray(at, at + PIECE));
  };
  hash.update("penchant-interactions-2;");
  for (const { bytes, offsets: starts } of [users.parts, items.parts]) {
    add("ids", bytes);
    add("starts", starts);
  }
  add("offsets", offsets);
  add("items", columns);
  if (values) add("values", values);
  if (times) add("times", times);
  if (order) add("order", order);
  if (events) {
    add("event offsets", events.offsets);
    add("event items", events.items);
    if (events.values) add("event values", events.values);
    if (events.times) add("event times", events.times);
    if (events.types) add("event types", events.types);
    add("event kinds", new TextEncoder().encode(JSON.stringify(events.kinds)));
  }
  return hash.digest("hex");
}
