import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { readPicture } from "./pictures.ts";

vi.mock("pngjs", () => {
  throw new Error("Cannot find package 'pngjs'");
});
vi.mock("jpeg-js", () => {
  throw new Error("Cannot find package 'jpeg-js'");
});

const folder = mkdtempSync(join(tmpdir(), "penchant-decoders-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["pngjs", [0x89, 0x50, 0x4e, 0x47]],
  ["jpeg-js", [0xff, 0xd8, 0xff, 0xe0]],
])("where %s is not installed: FEATURE_DECODER, with what is missing and how to get it", async (missing, bytes) => {
  const path = join(folder, missing);
  writeFileSync(path, Uint8Array.from(bytes));
  await expect(readPicture(path)).rejects.toMatchObject({
    code: "FEATURE_DECODER",
    message: expect.stringContaining(`${missing} is missing`) as string,
    fix: "npm install pngjs jpeg-js",
    details: { missing },
  });
});

test.each([
  ["neither begins as a PNG nor as a JPEG", [0x42, 0x4d, 0, 0]],
  ["begins as a JPEG and does not go on", [0xff, 0xd9]],
])("a file that %s needs no decoder to be refused: FEATURE_IMAGE", async (name, bytes) => {
  const path = join(folder, name);
  writeFileSync(path, Uint8Array.from(bytes));
  await expect(readPicture(path)).rejects.toMatchObject({ code: "FEATURE_IMAGE", details: { path } });
});
