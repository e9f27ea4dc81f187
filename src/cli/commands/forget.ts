import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

/** penchant forget USER */
export function registerForget(program: Command, act: Act): void {
  const command = program
    .command("forget <user>")
    .description("take a person out of every data set and run of the workspace, and look for what is left");
  act(command, forgetUser);
}

async function forgetUser(session: Session, user: string): Promise<Answer> {
  const { forget } = await import("../forgetting.ts");
  const { formatForgotten } = await import("../views/forgotten.ts");
  const forgotten = await forget(session, user);
  return { data: forgotten, text: () => formatForgotten(forgotten) };
}
