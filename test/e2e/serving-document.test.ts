/** Every command of docs/serving.md, typed one after the other in a folder with a file of ratings, against servers that listen as it says. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { codeBlocks } from "../repo/documents.ts";
import { answer, root, scratch } from "./cli.ts";
import { type Server, startServer } from "./server.ts";

const execute = promisify(execFile);
const text = readFileSync(join(root, "docs", "serving.md"), "utf8");

/** What needs a server of another kind, or a package that an install does not bring: those have tests of their own. */
const ELSEWHERE = /^(export |npm |NODE_OPTIONS=)|postgres:/;
/** Commands in the prose with all that belongs to them, but those that go on until they are interrupted. */
const PROSE = Array.from(
  text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/`(penchant [^`]+)`/g),
  ([, command]) => command as string,
).filter((command) => command.includes(" --") && !/^penchant (serve|mcp)/.test(command) && !ELSEWHERE.test(command));

const withoutComment = (line: string) => line.replace(/\s{2,}#.*$/, "");
const lines = codeBlocks(text)
  .filter(({ language }) => language === "" || language === "sh")
  .flatMap(({ code }) => code.trim().split("\n").map(withoutComment))
  .filter((line) => !ELSEWHERE.test(line));

/** The words of a line, as a shell reads them: quotes are single ones here. */
const wordsOf = (line: string): string[] =>
  Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? "");

test("its commands do what they say, in their order", async () => {
  const folder = scratch();
  // ids as the document has them
  writeFileSync(join(folder, "ratings.csv"), clubCsv().replace(/^user-/gm, ""));
  writeFileSync(
    join(folder, "films.csv"),
    table("film,genres,year", 60, (n) => `film-${n},${n % 3 ? "comedy" : "drama|war"},${1950 + n}`),
  );
  writeFileSync(
    join(folder, "people.csv"),
    table("user,age,work", 100, (n) => `${n},${18 + (n % 50)},${n % 3 ? "student" : "nurse"}`),
  );
  let server: Server | undefined;
  let typed = 0;
  const stop = async () => {
    if (server?.child.exitCode === null) {
      const closed = once(server.child, "close");
      server.child.kill("SIGTERM");
      await closed;
    }
    server = undefined;
  };
  const type = async (line: string): Promise<void> => {
    const [program, ...words] = wordsOf(line);
    if (program === "penchant" && words[0] === "serve") {
      await stop();
      server = await startServer(folder, ...words.slice(1));
    } else if (program === "penchant") {
      await answer(folder, ...words);
    } else {
      expect([line, program]).toEqual([line, "curl"]);
      const there = words.map((word) => word.replace("localhost:3000", new URL(server?.url ?? "").host));
      const { stdout } = await execute("curl", ["-sS", "-w", "\n%{http_code}", ...there]);
      expect([line, stdout.split("\n").at(-1), stdout]).toEqual([line, "200", stdout]);
    }
    typed++;
  };
  for (const line of lines) {
    if (line.startsWith("penchant serve --collection")) await twoWorkspaces(folder, stop);
    await type(line);
  }
  await stop();
  expect(typed).toBeGreaterThan(25);
  for (const command of PROSE) await type(command);
}, 400_000);

const table = (head: string, rows: number, row: (n: number) => string) =>
  `${[head, ...Array.from({ length: rows }, (_, i) => row(i + 1))].join("\n")}\n`;

/** The document's folders of films and books. */
async function twoWorkspaces(folder: string, stop: () => Promise<void>): Promise<void> {
  await stop();
  for (const name of ["films", "books"]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "ratings.csv"), clubCsv({ users: 40 }).replace(/^user-/gm, ""));
    await answer(join(folder, name), "import", "ratings.csv");
    await answer(join(folder, name), "train", "ease", "--run", name);
  }
}
