import { describe, expect, test } from "vitest";
import { tinyArtifact } from "../../test/support/tiny-artifact.ts";
import { decodeManifest, encodeManifest, FILES, FORMAT_VERSION, type Manifest } from "./manifest.ts";

const digest = { bytes: 1, sha256: "00" };
const manifest = {
  metadata: tinyArtifact().metadata,
  files: Object.fromEntries(FILES.map((file) => [file, digest])) as Manifest["files"],
};
const json = JSON.parse(new TextDecoder().decode(encodeManifest(manifest))) as Fields;
type Fields = { [field: string]: unknown };

/** Every field that must be there, by its path, with a value of it. */
const paths: readonly (readonly string[])[] = [
  ["metadata"],
  ["files"],
  ...["created", "packageVersion", "model", "dataset", "split", "seed", "training", "metrics"].map((f) => [
    "metadata",
    f,
  ]),
  ...["name", "title", "task", "config"].map((f) => ["metadata", "model", f]),
  ...["fingerprint", "users", "items", "interactions"].map((f) => ["metadata", "dataset", f]),
  ["metadata", "split", "kind"],
  ...FILES.flatMap((file) => [
    ["files", file],
    ["files", file, "bytes"],
    ["files", file, "sha256"],
  ]),
];

/** A copy with another value at the path; undefined leaves it out. */
function changed([first = "", ...rest]: readonly string[], value: unknown, within: Fields = json): Fields {
  return { ...within, [first]: rest.length === 0 ? value : changed(rest, value, within[first] as Fields) };
}

const decode = (document: unknown) => decodeManifest(new TextEncoder().encode(JSON.stringify(document)));
const valueAt = (path: readonly string[]) => path.reduce<unknown>((value, field) => (value as Fields)[field], json);

describe("decodeManifest", () => {
  test("gives back what was encoded", () => expect(decode(json)).toEqual(manifest));

  test.each(paths.map((path) => [path.join("."), path] as const))(
    "%s missing, null, or of any other type: ARTIFACT_CORRUPT with its path",
    (name, path) => {
      for (const value of [undefined, null, [], "text", 7, true, {}]) {
        const isRight = typeof value === typeof valueAt(path) && value !== null && !Array.isArray(value);
        if (isRight && (typeof value !== "object" || ["config", "training", "metrics"].includes(path.at(-1) ?? "")))
          continue;
        const refusal = { code: "ARTIFACT_CORRUPT", message: expect.stringContaining(name) as string };
        expect(() => decode(changed(path, value)), JSON.stringify(value)).toThrow(expect.objectContaining(refusal));
      }
    },
  );

  test.each(["pointwise", "pairwise", "rating", "positives", "rows", "solve", "none"])("takes the task %s", (task) => {
    const document = changed(["metadata", "model", "task"], task);
    expect(decode(document).metadata.model.task).toBe(task);
  });

  test.each(["", "ratings", "Rating"])("the task %j is none", (task) => {
    const message = expect.stringContaining(`metadata.model.task is "${task}": expected one of pointwise, `) as string;
    expect(() => decode(changed(["metadata", "model", "task"], task))).toThrow(
      expect.objectContaining({ code: "ARTIFACT_CORRUPT", message }),
    );
  });

  test.each([null, 7, "text", [], {}, undefined])(
    "a newer version is told as such, whatever its metadata is (%j)",
    (metadata) => {
      const newer = { ...json, formatVersion: FORMAT_VERSION + 1, metadata };
      expect(() => decode(newer)).toThrow(expect.objectContaining({ code: "ARTIFACT_VERSION" }));
    },
  );

  test.each([0, -1, 1.5, "1", null, undefined])("format version %j is none", (formatVersion) => {
    expect(() => decode({ ...json, formatVersion })).toThrow(expect.objectContaining({ code: "ARTIFACT_CORRUPT" }));
  });

  test.each([null, [], 7, "text"])("a document that is %j is no object", (document) => {
    const refusal = { code: "ARTIFACT_CORRUPT", message: expect.stringContaining("it is not an object") as string };
    expect(() => decode(document)).toThrow(expect.objectContaining(refusal));
  });
});
