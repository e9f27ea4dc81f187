/**
 * The part of Protocol Buffers' wire format that ONNX files need (varints, 32-bit floats, length-delimited fields).
 * Source: https://protobuf.dev/programming-guides/encoding
 */

const WIRE = { varint: 0, bytes: 2, fixed32: 5 } as const;

/** A message under construction. Bytes handed to it are kept by reference until `finish`, so weights are copied once. */
export class Message {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** An int32, int64 or enum field; negative values take ten bytes, as the format demands. */
  int(field: number, value: number | bigint): this {
    return this.#tag(field, WIRE.varint).#push(varint(value));
  }

  /** A 32-bit float field. */
  float(field: number, value: number): this {
    const chunk = new Uint8Array(4);
    new DataView(chunk.buffer).setFloat32(0, value, true);
    return this.#tag(field, WIRE.fixed32).#push(chunk);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, WIRE.bytes).#push(varint(value.length)).#push(value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    this.#tag(field, WIRE.bytes).#push(varint(value.#length));
    for (const chunk of value.#chunks) this.#push(chunk);
    return this;
  }

  /** A repeated message field. */
  messages(field: number, values: Iterable<Message>): this {
    for (const value of values) this.message(field, value);
    return this;
  }

  /** Bytes of the message when finished. */
  get length(): number {
    return this.#length;
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.#length);
    let offset = 0;
    for (const chunk of this.#chunks) {
      out.set(chunk, offset);
      offset += chunk.length;
    }
    return out;
  }

  #tag(field: number, wire: number): this {
    return this.#push(varint(field * 8 + wire));
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    return this;
  }
}

/** Base-128 groups, lowest first; negative numbers as 64-bit two's complement. */
function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  while (rest >= 128n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}
