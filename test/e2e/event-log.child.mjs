/**
 * `event-log.child.mjs FOLDER SEED`: appends events to a log as fast as the disk takes them, several calls at a time, now and then
 * erases a person, and says what was acknowledged: `ack N USER ITEM`, `erased USER`. Runs until it is killed. From the built
 * package, so that it starts in a moment.
 */
import { below, hash } from "../../dist/core/random.js";
import { EventLog } from "../../dist/store/index.js";

const [folder = "", seed = "1"] = process.argv.slice(2);
const log = await EventLog.open(folder, { segmentBytes: 20_000 });
const say = (text) => process.stdout.write(`${text}\n`);
say("open");

async function append(caller) {
  for (let round = 0; ; round++) {
    const draw = (most, what) => below(hash(Number(seed), caller, round, what), most);
    const user = `u${draw(5, 0)}-${seed}`;
    if (draw(40, 1) === 0) {
      say(`erasing ${user}`);
      await log.erase(user);
      say(`erased ${user}`);
    }
    const count = 1 + draw(4, 2);
    const events = Array.from({ length: count }, (_, i) => ({ user, item: `${caller}.${round}.${i}` }));
    const last = await log.append(events.map((event) => ({ ...event, type: "view", time: 1 })));
    for (const [i, { item }] of events.entries()) say(`ack ${last - count + 1 + i} ${user} ${item}`);
  }
}
await Promise.all([0, 1, 2, 3].map(append));
