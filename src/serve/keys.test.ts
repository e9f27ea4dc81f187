import * as crypto from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { coded } from "../../test/support/folder.ts";
import { KeyRing, makeKey } from "./keys.ts";

/** The comparison itself, looked at: times of so little say nothing in a test, what is compared does. */
vi.mock(import("node:crypto"), async (original) => {
  const real = await original();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});
const compared = vi.mocked(crypto.timingSafeEqual);
afterEach(() => void compared.mockClear());

const made = Array.from({ length: 5 }, (_, i) => makeKey(`key ${i}`, ["read"]));
const ring = new KeyRing(made.map(({ key }) => key));
const sha256 = (text: string) => crypto.createHash("sha256").update(text).digest("hex");

describe("whose key it is, is found out in a time that tells nothing of the keys", () => {
  test.each(made.map(({ secret }, i) => [i, secret] as const))(
    "key %i: all hashes are compared, also those behind the one that fits",
    (i, secret) => {
      expect(ring.admit(`Bearer ${secret}`, "read").name).toBe(`key ${i}`);
      expect(compared).toHaveBeenCalledTimes(made.length);
      expect(compared.mock.results.map(({ value }) => value)).toEqual(made.map((_, j) => j === i));
    },
  );

  const [{ secret: first }] = made as [(typeof made)[number]];
  test.each([
    ["one character", "x"],
    ["a beginning", first.slice(0, -1)],
    ["all and one more", `${first}x`],
    ["another end", `${first.slice(0, -1)}${first.endsWith("A") ? "B" : "A"}`],
    ["as long as may be", "x".repeat(256)],
    ["the hash itself", sha256(first)],
  ])("%s is compared as a hash of 32 bytes with each, and refused", async (_, wrong) => {
    await coded("SERVE_KEY", () => ring.admit(`Bearer ${wrong}`, "read"));
    expect(compared.mock.calls.map(([kept, given]) => [kept.byteLength, given.byteLength])).toEqual(
      made.map(() => [32, 32]),
    );
    const given = compared.mock.calls.map(([, hash]) => Buffer.from(hash as Uint8Array).toString("hex"));
    expect(new Set(given)).toEqual(new Set([sha256(wrong)]));
  });

  test("a key without the scope is compared in the same way", async () => {
    await coded("SERVE_SCOPE", () => ring.admit(`Bearer ${first}`, "admin"));
    expect(compared).toHaveBeenCalledTimes(made.length);
  });
});
