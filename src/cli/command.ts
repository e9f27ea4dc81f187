import type { Command } from "commander";
import { type Answer, type GlobalOptions, printAnswer, Session } from "./session.ts";

/** A command's work: positional arguments first, then its options. Undefined: it has used stdout itself. */
// biome-ignore lint/suspicious/noExplicitAny: commander hands over arguments untyped; each command states what it declared.
export type Handler = (session: Session, ...args: any[]) => Promise<Answer | undefined>;

/** What a command file uses to attach its handler. */
export type Act = (command: Command, handler: Handler) => void;

export function acting(signal: AbortSignal): Act {
  return (command, handler) => {
    command.action(async (...all: unknown[]) => {
      const self = all.at(-1) as Command;
      const session = new Session(self.optsWithGlobals<GlobalOptions>(), signal);
      // a command that got to its end before it noticed an interruption has done its work, and says so
      const answer = await handler(session, ...all.slice(0, -1));
      if (answer) printAnswer(session, answer);
    });
  };
}
