import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { CheckpointPlace } from "./checkpoints.ts";

function setting() {
  const directory = join(temporaryFolder(), "run");
  const write = (text: string): void => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "state"), text);
  };
  const read = (): string | undefined =>
    existsSync(join(directory, "state")) ? readFileSync(join(directory, "state"), "utf8") : undefined;
  const isComplete = (folder: string): boolean => existsSync(join(folder, "state"));
  const open = (resume: boolean, isWorth = false): CheckpointPlace =>
    new CheckpointPlace(directory, { resume, isComplete, isWorthKeeping: () => isWorth });
  return { directory, write, read, open };
}

describe("CheckpointPlace", () => {
  test("a young training that fails leaves the earlier checkpoint, whether it wrote one or not", () => {
    const { directory, write, read, open } = setting();
    write("earlier");
    open(false).settle();
    expect(read()).toBe("earlier");
    const place = open(false);
    write("young");
    expect(place.isKept).toBe(false);
    place.settle();
    expect(read()).toBe("earlier");
    expect(existsSync(`${directory}~`)).toBe(false);
  });

  test("one worth keeping takes its place; one that wrote nothing does not", () => {
    const { directory, write, read, open } = setting();
    write("earlier");
    open(false, true).settle();
    expect(read()).toBe("earlier");
    const place = open(false, true);
    write("long");
    place.settle();
    expect(read()).toBe("long");
    expect(existsSync(`${directory}~`)).toBe(false);
  });

  test("a finished one removes both", () => {
    const { directory, write, open } = setting();
    write("earlier");
    const place = open(false);
    write("own");
    place.done();
    place.settle();
    expect([existsSync(directory), existsSync(`${directory}~`)]).toEqual([false, false]);
  });

  test("resuming finds what a killed process had put aside, and keeps what it has", () => {
    const { write, read, open } = setting();
    write("earlier");
    open(false); // killed before its first checkpoint: nothing is settled
    const place = open(true);
    expect(place.isFilled).toBe(true);
    write("further");
    place.settle();
    expect(read()).toBe("further");
  });
});
