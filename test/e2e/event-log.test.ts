/**
 * kill -9 while events are appended, files rotated and people erased. `PENCHANT_KILLS=300` does as many trials; a few are enough
 * to notice a change for the worse.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EventLog, isEvent, type NumberedEvent } from "../../src/store/index.ts";
import { temporaryFolder } from "../support/folder.ts";

const TRIALS = Number(process.env["PENCHANT_KILLS"] ?? 10);
const child = join(import.meta.dirname, "event-log.child.mjs");

/** Runs the child until so many milliseconds after it has opened the log, then kills it; what it said. */
function killed(folder: string, seed: number, delay: number): Promise<string[]> {
  const running = spawn(process.execPath, [child, folder, String(seed)], { stdio: "pipe" });
  let [output, errors] = ["", ""];
  running.stdout.on("data", (data: Buffer) => {
    if (output === "") setTimeout(() => running.kill("SIGKILL"), delay);
    output += data.toString();
  });
  running.stderr.on("data", (data: Buffer) => {
    errors += data.toString();
  });
  return new Promise((resolve, reject) => {
    // the last line may be cut in the middle
    running.on("close", (_, signal) => (signal ? resolve(output.split("\n").slice(0, -1)) : reject(new Error(errors))));
  });
}

/** What a child said: acknowledged events by number as "user item", and whose erasure was begun. */
function heard(lines: readonly string[]): { readonly acks: Map<number, string>; readonly erasing: Set<string> } {
  const [acks, erasing] = [new Map<number, string>(), new Set<string>()];
  for (const [what, ...rest] of lines.map((line) => line.split(" "))) {
    if (what === "ack") acks.set(Number(rest[0]), `${rest[1]} ${rest[2]}`);
    if (what === "erasing") erasing.add(rest[0] as string);
  }
  return { acks, erasing };
}

const userOf = (text: string): string => text.split(" ")[0] as string;

test(
  `killed ${TRIALS} times, the log has lost nothing acknowledged and holds nobody who was erased`,
  async () => {
    const folder = temporaryFolder();
    /** Of everybody of whom no erasure was begun. */
    const acknowledged = new Map<number, string>();
    let [acks, erasures] = [0, 0];
    for (let trial = 1; trial <= TRIALS; trial++) {
      const said = heard(await killed(folder, trial, (trial * 37) % 120));
      acks += said.acks.size;
      erasures += said.erasing.size;
      for (const [n, text] of said.acks) acknowledged.set(n, text);
      const events: NumberedEvent[] = [];
      const log = await EventLog.open(folder, { onEntry: (entry) => isEvent(entry) && events.push(entry) });
      const found = new Map(events.map(({ n, user, item }) => [n, `${user} ${item}`]));
      expect(found.size).toBe(events.length);
      // an erasure that was begun may have come to some of a person's events
      const lost = [...acknowledged].filter(([n, text]) => found.get(n) !== text && !said.erasing.has(userOf(text)));
      expect(lost, `trial ${trial}`).toEqual([]);
      for (const user of said.erasing) await log.erase(user);
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
      for (const user of said.erasing) expect(files.some((text) => text.includes(`"${user}"`))).toBe(false);
      for (const [n, text] of acknowledged) if (said.erasing.has(userOf(text))) acknowledged.delete(n);
      await log.close();
    }
    expect(acks).toBeGreaterThan(TRIALS);
    console.log(`${TRIALS} kills, ${acks} events acknowledged and looked for, ${erasures} erasures`);
  },
  60_000 + TRIALS * 5000,
);
