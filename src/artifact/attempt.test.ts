import { expect, test } from "vitest";
import { type PenchantError, penchantError } from "../core/errors.ts";
import { attempt } from "./attempt.ts";

const failing = (cause: unknown) =>
  attempt("runs/first", () => Promise.reject(cause)).catch((error: unknown) => error as PenchantError);
const system = (code: string) => Object.assign(new Error(`${code}: write`), { code });

test("what a file system says becomes ARTIFACT_WRITE with the path and its code", async () => {
  const cause = system("EACCES");
  expect(await failing(cause)).toMatchObject({
    code: "ARTIFACT_WRITE",
    message: "The run cannot be written to runs/first: received EACCES: write.",
    details: { path: "runs/first", cause: "EACCES" },
    cause,
  });
});

test("of a full disk alone it says that it is full", async () => {
  const [full, other] = [await failing(system("ENOSPC")), await failing(system("EACCES"))];
  expect(full).toMatchObject({ fix: expect.stringContaining("The disk is full"), details: { cause: "ENOSPC" } });
  expect(other).toMatchObject({ fix: expect.not.stringContaining("full") });
});

test("an error with a code of its own is passed on", async () => {
  const refusal = penchantError("ARTIFACT_CORRUPT", { what: "No" });
  expect(await failing(refusal)).toBe(refusal);
});

test("what goes well says nothing", async () => expect(await attempt("runs/first", async () => {})).toBeUndefined());
