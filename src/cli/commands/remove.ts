import { Argument, type Command } from "commander";
import type { Act } from "../command.ts";
import type { Removed } from "../removing.ts";
import type { Answer, Session } from "../session.ts";

/** penchant remove run|data|tuning NAME */
export function registerRemove(program: Command, act: Act): void {
  const command = program
    .command("remove")
    .addArgument(new Argument("<kind>", "what it is").choices(["run", "data", "tuning"]))
    .argument("<name>", "its name")
    .description("remove a run, with its checkpoint, a data set, or a tuning");
  act(command, remove);
}

async function remove(session: Session, kind: Removed["removed"], name: string): Promise<Answer> {
  const { removeEntry } = await import("../removing.ts");
  const removed = await removeEntry(session, kind, name);
  const { runs = [], checkpoint } = removed;
  const notes = [
    checkpoint && "Its checkpoint is gone as well.",
    runs.length > 0 && `Trained on it, and no longer to be measured: ${runs.join(", ")}.`,
  ];
  return {
    data: removed,
    text: () => [`Removed the ${kind === "data" ? "data set" : kind} "${name}".`, ...notes].filter(Boolean).join("\n"),
  };
}
