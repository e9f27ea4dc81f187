import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { hash } from "../core/random.ts";
import { decodeIds, encodeIds } from "./ids.ts";
import { FileSink } from "./sink.ts";
import { FileSource } from "./source.ts";

/** Two chunks of 4 MiB and a rest. */
const bytes = Uint8Array.from({ length: 2 * (1 << 22) + 5 }, (_, i) => hash(1, i >> 2) >>> (8 * (i & 3)));

test("a file longer than a chunk is written, hashed and read as it is", async () => {
  const path = join(temporaryFolder(), "long");
  const digest = await FileSink.create(path, async (sink) => {
    await sink.write(bytes.subarray(0, 3));
    await sink.write(bytes.subarray(3));
  });
  expect(digest).toEqual({ bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
  const read = await FileSource.read(
    path,
    async (source) => [await source.take(7), await source.take(bytes.length - 8), await source.rest()] as const,
    digest,
  );
  expect(read.map((part) => part.length)).toEqual([7, bytes.length - 8, 1]);
  expect(Buffer.concat(read).equals(bytes)).toBe(true);
  const short = FileSource.read(path, (source) => source.take(bytes.length + 1));
  await expect(short).rejects.toMatchObject({ code: "ARTIFACT_CORRUPT" });
});

test("ids of more than a chunk of text come back, wherever its seams lie", () => {
  const ids = Array.from({ length: 150_000 }, (_, i) => `é\n"${"x".repeat(hash(3, i) % 200)}${i}`);
  const encoded = Buffer.concat([...encodeIds(ids)]);
  expect(encoded.length).toBeGreaterThan(1 << 24);
  expect(decodeIds(encoded)).toEqual(ids);
});
