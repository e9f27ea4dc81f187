import { describe, expect, test } from "vitest";
import { Message } from "./protobuf.ts";

const hex = (message: Message) => Buffer.from(message.finish()).toString("hex");

// Expected bytes are the worked examples of https://protobuf.dev/programming-guides/encoding, or follow its rules by hand.
describe("Message", () => {
  test("writes integers in groups of seven bits", () => {
    expect(hex(new Message().int(1, 150))).toBe("089601");
    expect(hex(new Message().int(1, 0))).toBe("0800");
    expect(hex(new Message().int(1, 2 ** 53 - 1))).toBe("08ffffffffffffff0f");
  });

  test("writes negative integers as ten bytes", () => {
    expect(hex(new Message().int(1, -2))).toBe("08feffffffffffffffff01");
  });

  test("writes strings as UTF-8 with their length in bytes", () => {
    expect(hex(new Message().string(2, "testing"))).toBe("120774657374696e67");
    expect(hex(new Message().string(2, "ü"))).toBe("1202c3bc");
  });

  test("writes floats little-endian", () => {
    expect(hex(new Message().float(2, 1))).toBe("150000803f");
  });

  test("nests messages with their length", () => {
    expect(hex(new Message().message(3, new Message().int(1, 150)))).toBe("1a03089601");
  });

  test("takes two bytes for the tag of field 16 and above", () => {
    expect(hex(new Message().int(16, 1))).toBe("800101");
  });

  test("knows its length before it is finished", () => {
    const message = new Message().string(1, "x".repeat(300)).message(2, new Message().int(1, -1));
    expect(message.length).toBe(message.finish().length);
  });
});
