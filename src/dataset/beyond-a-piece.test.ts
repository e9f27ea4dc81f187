import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { hash } from "../core/random.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { readBytes, writeBytes, writeWhole } from "./store/files.ts";
import { Vocabulary } from "./vocabulary.ts";

/** Two pieces of 4 MiB and a rest. */
const SIZE = 2 * (1 << 22) + 12;

test("a file longer than a piece is written and read as it is, with the hash of all of it", async () => {
  const bytes = Uint8Array.from({ length: SIZE }, (_, i) => hash(1, i >> 2) >>> (8 * (i & 3)));
  const path = join(temporaryFolder(), "long");
  await writeWhole(path, (file) => writeBytes(file, bytes));
  expect(readFileSync(path).equals(bytes)).toBe(true);
  const read = await readBytes(path, SIZE);
  expect(read?.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(Buffer.from(read?.buffer ?? new ArrayBuffer(0)).equals(bytes)).toBe(true);
  expect(await readBytes(path, SIZE + 1)).toBeUndefined();
});

test("the fingerprint sees every place of an array longer than a piece", () => {
  const ids = Vocabulary.from(["a", "b"]);
  const items = new Int32Array(SIZE / 4);
  const of = () => fingerprintOf(ids, ids, { offsets: Int32Array.of(0, items.length), items });
  const seen = new Set([of()]);
  for (const at of [0, (1 << 20) - 1, 1 << 20, (1 << 21) - 1, 1 << 21, items.length - 1]) {
    items[at] = 1;
    seen.add(of());
    items[at] = 0;
  }
  expect(seen.size).toBe(7);
});
