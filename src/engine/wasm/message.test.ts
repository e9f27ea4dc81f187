import { describe, expect, test } from "vitest";
import { readMessage, toFloats, toInts, writeMessage } from "./message.ts";

/** Memory that is handed out from front to back, and a note of what is in use. */
function heap() {
  const buffer = new SharedArrayBuffer(4096);
  const used = new Map<number, number>();
  let next = 8;
  const allocate = (words: number) => {
    const address = next;
    next += 4 * words;
    used.set(address, words);
    return address;
  };
  const release = (address: number, words: number) => {
    expect(used.get(address)).toBe(words);
    used.delete(address);
  };
  return { memory: { buffer }, used, allocate, release };
}

describe("messages", () => {
  test("what is written is read, and everything is freed", () => {
    const { memory, used, allocate, release } = heap();
    const arrays = [Float32Array.of(1.5, Number.NaN, -0), new Int32Array(), Int32Array.of(-1, 7)];
    const value = { text: "naïve — 書", list: [1, 2.5, null] };
    const block = writeMessage(memory, allocate, { value }, arrays);
    const answer = readMessage(memory, release, block);
    expect(answer.value).toEqual(value);
    expect(toFloats(answer.arrays[0])).toEqual(arrays[0]);
    expect(answer.arrays[1]).toHaveLength(0);
    expect(toInts(answer.arrays[2])).toEqual(arrays[2]);
    expect(used.size).toBe(0);
  });

  test("a part of an array is written, not the whole", () => {
    const { memory, allocate, release } = heap();
    const block = writeMessage(memory, allocate, { value: null }, [Int32Array.of(1, 2, 3, 4).subarray(1, 3)]);
    expect([...(readMessage(memory, release, block).arrays[0] ?? [])]).toEqual([2, 3]);
  });

  test("a failure is thrown with its code; an unknown code is an ENGINE_FAILURE", () => {
    const { memory, allocate, release } = heap();
    const given = (code: string) => {
      const failure = { code, what: "It broke", expected: "3", received: null, details: { n: 1 } };
      return () => readMessage(memory, release, writeMessage(memory, allocate, { failure }, []));
    };
    expect(given("ENGINE_INPUT")).toThrow(expect.objectContaining({ code: "ENGINE_INPUT", details: { n: 1 } }));
    expect(given("ENGINE_INPUT")).toThrow("It broke: expected 3.");
    expect(given("SOMETHING")).toThrow(expect.objectContaining({ code: "ENGINE_FAILURE" }));
  });
});
