import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

/** penchant demo */
export function registerDemo(program: Command, act: Act): void {
  const command = program
    .command("demo")
    .description("everything once, on an invented film club: import, train, compare, recommend");
  act(command, demo);
}

async function demo(session: Session): Promise<Answer> {
  const { runDemo } = await import("../demo.ts");
  const { formatDemo } = await import("../views/demo.ts");
  const shown = await runDemo(session);
  return { data: shown, text: () => formatDemo(shown) };
}
