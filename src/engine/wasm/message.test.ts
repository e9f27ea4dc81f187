import { describe, expect, test } from "vitest";
import { readMessage, toFloats, toInts, writeMessage } from "./message.ts";

/** Memory that is handed out from front to back, and a note of what is in use. */
function heap(bytes = 4096) {
  const buffer = new SharedArrayBuffer(bytes);
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
  test("what is written is read, and everything is freed", async () => {
    const { memory, used, allocate, release } = heap();
    const arrays = [Float32Array.of(1.5, Number.NaN, -0), new Int32Array(), Int32Array.of(-1, 7)];
    const value = { text: "naïve — 書", list: [1, 2.5, null] };
    const block = await writeMessage(memory, allocate, { value }, arrays);
    const answer = await readMessage(memory, release, block);
    expect(answer.value).toEqual(value);
    expect(toFloats(answer.arrays[0])).toEqual(arrays[0]);
    expect(answer.arrays[1]).toHaveLength(0);
    expect(toInts(answer.arrays[2])).toEqual(arrays[2]);
    expect(used.size).toBe(0);
  });

  test("what is longer than a portion is whole, too", async () => {
    const { memory, allocate, release } = heap(16 << 20);
    const long = Int32Array.from({ length: (1 << 20) + 7 }, (_, i) => i * 7919);
    const block = await writeMessage(memory, allocate, { value: null }, [long]);
    expect(toInts((await readMessage(memory, release, block)).arrays[0])).toEqual(long);
  });

  test("a part of an array is written, not the whole", async () => {
    const { memory, allocate, release } = heap();
    const block = await writeMessage(memory, allocate, { value: null }, [Int32Array.of(1, 2, 3, 4).subarray(1, 3)]);
    expect([...((await readMessage(memory, release, block)).arrays[0] ?? [])]).toEqual([2, 3]);
  });

  test("a failure is thrown with its code; an unknown code is an ENGINE_FAILURE", async () => {
    const { memory, allocate, release } = heap();
    const given = (code: string) => {
      const failure = { code, what: "It broke", expected: "3", received: null, details: { n: 1 } };
      return async () => readMessage(memory, release, await writeMessage(memory, allocate, { failure }, []));
    };
    await expect(given("ENGINE_INPUT")()).rejects.toThrow(
      expect.objectContaining({ code: "ENGINE_INPUT", details: { n: 1 } }),
    );
    await expect(given("ENGINE_INPUT")()).rejects.toThrow("It broke: expected 3.");
    await expect(given("SOMETHING")()).rejects.toThrow(expect.objectContaining({ code: "ENGINE_FAILURE" }));
  });
});
