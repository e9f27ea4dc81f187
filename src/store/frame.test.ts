import { expect, test } from "vitest";
import { encodeGroup, scanGroups } from "./frame.ts";
import type { NumberedEvent } from "./types.ts";

const event = (n: number, item = `i${n}`): NumberedEvent => ({
  n,
  user: "Åsa\n#events 5",
  item,
  type: "view",
  time: n,
});
const groups = [[event(1)], [event(2), event(3, '"\u2028\ud83c')], [event(4)]];
const bytes = Buffer.concat(groups.map(encodeGroup));

test("groups come back as they were written", () => {
  // half a surrogate pair has no UTF-8: JSON escapes it
  expect(scanGroups(bytes)).toEqual({ entries: groups.flat(), sound: bytes.length, damaged: false });
});

test("cut at any byte, whole groups are read and the rest is a torn end", () => {
  const ends = groups.map((_, i) => Buffer.concat(groups.slice(0, i + 1).map(encodeGroup)).length);
  for (let length = 0; length <= bytes.length; length++) {
    const whole = ends.filter((end) => end <= length).length;
    const { entries, sound, damaged } = scanGroups(bytes.subarray(0, length));
    expect({ entries, sound, damaged }).toEqual({
      entries: groups.slice(0, whole).flat(),
      sound: whole === 0 ? 0 : ends[whole - 1],
      damaged: false,
    });
  }
});

test("any changed byte before the last group is damage, in the last one a torn end", () => {
  const last = encodeGroup(groups[2] as NumberedEvent[]).length;
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 1;
    const { sound, damaged } = scanGroups(changed);
    expect(sound, `byte ${at}`).toBeLessThanOrEqual(at);
    expect(damaged, `byte ${at}`).toBe(at < bytes.length - last);
  }
});
