/** Fields of a protobuf message by number, read without the writer's code. */
function fieldsOf(message: Uint8Array): Map<number, Uint8Array[]> {
  const fields = new Map<number, Uint8Array[]>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const start = at;
    const length = tag % 8 === 2 ? varint() : 0;
    if (tag % 8 === 0) varint();
    const from = tag % 8 === 2 ? at : start;
    if (tag % 8 === 2) at += length;
    if (tag % 8 === 5) at += 4;
    fields.set(Math.floor(tag / 8), [...(fields.get(Math.floor(tag / 8)) ?? []), message.subarray(from, at)]);
  }
  return fields;
}

const METADATA_PROPS = 14;
const text = (bytes: Uint8Array | undefined) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

/** The key-value pairs that an ONNX file carries. */
export function metadataOf(file: Uint8Array): Record<string, string> {
  const pairs = fieldsOf(file).get(METADATA_PROPS) ?? [];
  return Object.fromEntries(pairs.map((pair) => [1, 2].map((field) => text(fieldsOf(pair).get(field)?.[0]))));
}
