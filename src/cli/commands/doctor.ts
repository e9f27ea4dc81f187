import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

/** penchant doctor [MODEL] [--user ID] */
export function registerDoctor(program: Command, act: Act): void {
  const command = program
    .command("doctor [model]")
    .description("why is a list empty, short, stale, slow, or the same for everybody? Of a deployed model or a run")
    .option("--user <id>", "the list of this person");
  act(command, doctor);
}

async function doctor(
  session: Session,
  model: string | undefined,
  { user }: { readonly user?: string },
): Promise<Answer> {
  const { diagnose } = await import("../doctor.ts");
  const { formatDiagnosis } = await import("../views/diagnosis.ts");
  const diagnosis = await diagnose(session, model, user);
  return { data: diagnosis, text: () => formatDiagnosis(diagnosis) };
}
