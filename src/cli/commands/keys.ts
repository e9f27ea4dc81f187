import type { Command } from "commander";
import type { Act } from "../command.ts";
import { list, number } from "../options.ts";
import type { Answer, Session } from "../session.ts";

/** penchant keys add NAME [--scopes read,write,admin] | list | remove NAME */
export function registerKeys(program: Command, act: Act): void {
  const keys = program.command("keys").description("who may ask penchant serve");
  const add = keys
    .command("add <name>")
    .description("make a key; it is shown once, the workspace keeps a hash of it")
    .option("--scopes <names>", "what it may do: read, write, admin", list, ["read"])
    .option("--rate <n>", "requests a second (default: as penchant serve says)", number);
  act(add, addKey);
  act(keys.command("list").description("the keys there are"), listKeys);
  act(keys.command("remove <name>").description("make a key worthless, from the next start of the server"), removeKey);
}

interface AddArguments {
  readonly scopes: readonly string[];
  readonly rate?: number;
}

async function addKey(session: Session, name: string, { scopes, rate }: AddArguments): Promise<Answer> {
  const { addKey: add } = await import("../keys.ts");
  const added = await add(session, { name, scopes, rate });
  return {
    data: added,
    text: () => `${added.key}\n\nIt is not shown again. ${added.name} may: ${added.scopes.join(", ")}.`,
  };
}

async function listKeys(session: Session): Promise<Answer> {
  const { readKeys } = await import("../keys.ts");
  const keys = readKeys(session).map(({ name, scopes, rate }) => ({
    name,
    scopes,
    ...(rate !== undefined && { rate }),
  }));
  const line = ({ name, scopes }: (typeof keys)[number]) => `${name}: ${scopes.join(", ")}`;
  return { data: { keys }, text: () => keys.map(line).join("\n") || "There are no keys." };
}

async function removeKey(session: Session, name: string): Promise<Answer> {
  const { removeKey: remove } = await import("../keys.ts");
  await remove(session, name);
  return { data: { removed: "key", name }, text: () => `Removed the key ${name}.` };
}
