import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { clubCsv } from "../club.ts";
import { answer, failure, finish, oneDocument, penchant, scratch, start } from "./cli.ts";

interface Imported {
  readonly dataset: string;
  readonly interactions: number;
  readonly columns: Readonly<Record<string, string>>;
  readonly first: readonly { readonly user: string; readonly item: string; readonly time?: number }[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly confidence?: number;
  readonly alternatives?: readonly { readonly why: string; readonly command: string }[];
  readonly dryRun?: true;
}

const good = clubCsv();
const [head = "", ...rows] = good.trimEnd().split("\n");
const csv = (lines: readonly string[]): string => `${head}\n${lines.join("\n")}\n`;
const halves = [csv(rows.slice(0, 3000)), csv(rows.slice(3000))] as const;

let folder: string;
const write = (path: string, content: string | Uint8Array): string => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
  return path;
};
const importing = (...args: string[]): Promise<Imported> => answer<Imported>(folder, "import", ...args);

beforeAll(() => {
  folder = scratch();
  write("ratings.csv", good);
  write("parts/part-00000.csv", halves[0]);
  write("parts/part-00001.csv.gz", gzipSync(halves[1]));
  write("parts/_SUCCESS", "");
  write("parts/.part-00000.csv.crc", "crc");
});

describe("penchant import reads", () => {
  test.each<[what: string, places: readonly string[]]>([
    ["several files", ["parts/part-00000.csv", "parts/part-00001.csv.gz"]],
    ["a folder of parts", ["parts"]],
    ["a pattern", ["parts/part-*"]],
  ])("%s as one", async (_, places) => {
    const whole = await importing("ratings.csv", "--name", "whole");
    const other = { dataset: "pieces", alternatives: expect.any(Array) };
    expect(await importing(...places, "--name", "pieces")).toEqual({ ...whole, ...other });
  });

  test.each<[what: string, content: string | Uint8Array]>([
    ["text", good],
    ["gzip", gzipSync(good)],
  ])("standard input: %s, and leaves no copy behind", async (_, content) => {
    const file = write("piped", content);
    const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith("penchant-pipe-"));
    const before = copies();
    for (const place of ["-", "/dev/stdin"]) {
      const child = start(folder, ["import", place, "--name", "piped", "--json"], {}, "pipe");
      createReadStream(join(folder, file)).pipe(child.stdin as NodeJS.WritableStream);
      const { code, stdout, stderr } = await finish(child);
      expect(code, stderr).toBe(0);
      expect(oneDocument(stdout)).toMatchObject({ dataset: "piped", interactions: 5760 });
    }
    expect(copies()).toEqual(before);
  });

  test("what a shell's pipe gives it", async () => {
    const fifo = join(scratch(), "fifo"); // elsewhere: whoever compares folders would wait for it
    execFileSync("mkfifo", [fifo]);
    const [imported] = await Promise.all([
      importing(fifo, "--name", "fifo"),
      finish(start(folder, ["--version"])).then(() =>
        execFileSync("sh", ["-c", `cat ratings.csv > ${fifo}`], { cwd: folder }),
      ),
    ]);
    expect(imported.interactions).toBe(5760);
  });

  test("every name of a delimiter and of an encoding", async () => {
    const text = good.replaceAll("film-3,", "fïlm-3,").replaceAll(",", "\t");
    write("odd.txt", Buffer.from(text, "latin1"));
    for (const delimiter of ["tab", "\\t", "TAB", "tabs"]) {
      const args = ["--delimiter", delimiter, "--encoding", "Latin1", "--name", "odd", "--item", "movieId"];
      expect((await importing("odd.txt", ...args)).interactions).toBe(5760);
    }
    write("wide.txt", Buffer.from(`\uFEFF${text}`, "utf16le"));
    expect((await importing("wide.txt", "--name", "odd")).interactions).toBe(5760);
    await answer(folder, "train", "popularity", "--data", "odd", "--run", "odd");
    expect((await answer<{ item: string }>(folder, "similar", "odd", "--item", "fïlm-3")).item).toBe("fïlm-3");
  });
});

describe("penchant import tells", () => {
  test("what the first rows were taken for", async () => {
    const { stdout } = await penchant(folder, "import", "ratings.csv", "--name", "whole");
    expect(stdout).toContain("So it was read: user user-1 took item film-1, value 4, on 14 July 2017; user ");
    expect((await importing("ratings.csv", "--name", "whole")).first[0]).toMatchObject({
      user: "user-1",
      item: "film-1",
    });
  });

  test("the same in a dry run, which writes nothing", async () => {
    const workspace = ["--workspace", "none"];
    const { stdout } = await penchant(
      folder,
      ...["import", "ratings.csv", "--dry-run", "--time", "timestamp", "--duplicates", "sum", ...workspace],
    );
    expect(stdout).toContain("So it was read: user user-1");
    expect(stdout).toContain(
      "Nothing was written (--dry-run). To import: penchant import ratings.csv --duplicates sum --time timestamp",
    );
    const dry = await importing("ratings.csv", "--dry-run", ...workspace);
    expect(dry.dryRun).toBe(true);
    expect(existsSync(join(folder, "none"))).toBe(false);
    const { dryRun, ...rest } = dry;
    expect(await importing("ratings.csv", ...workspace)).toEqual(rest);
  });

  test("where it is not sure, the other readings as commands, which do read so", async () => {
    const lines = Array.from({ length: 60 }, (_, i) => `${i % 7},${(i * 5) % 11},${(i * 3) % 9}`);
    write("three.csv", `${lines.join("\n")}\n`);
    const unsure = await importing("three.csv", "--name", "three");
    expect(unsure.confidence).toBeLessThan(0.9);
    const [other] = unsure.alternatives ?? [];
    expect(other?.command).toMatch(/^penchant import three.csv --name three --user \d --item \d/);
    const [, ...words] = other?.command.split(" ") ?? [];
    const again = await answer<Imported>(folder, ...words);
    expect(`user ${again.columns["user"]}, item ${again.columns["item"]}`).toBe(other?.why);
  });

  test("which files of a folder it did not read", async () => {
    write("mixed/day.csv", good);
    write("mixed/photo.jpeg", "x");
    expect((await importing("mixed")).warnings).toContainEqual({
      code: "files-not-read",
      message: expect.stringContaining("photo.jpeg"),
    });
  });
});

describe("penchant import keeps what is there", () => {
  test("a file of the same name from another folder is refused with both commands, the same file is read again", async () => {
    write("may/log.csv", good);
    write("june/log.csv", halves[0]);
    await importing("may/log.csv");
    expect((await importing("./may/../may/log.csv")).interactions).toBe(5760);
    const error = await failure(folder, ["import", "june/log.csv"]);
    expect(error).toMatchObject({ code: "WORKSPACE_TAKEN", message: expect.stringContaining(join("may", "log.csv")) });
    expect(error.fix).toContain("penchant import june/log.csv --name log-1");
    expect(error.fix).toContain("penchant import june/log.csv --name log.");
    expect((await importing("june/log.csv", "--dry-run")).interactions).toBe(3000);
    expect((await importing("june/log.csv", "--name", "log")).interactions).toBe(3000);
  });

  test("of what comes through a pipe, only a name that was given is replaced", async () => {
    const through = async (...args: string[]) => {
      const child = start(folder, ["import", "-", ...args, "--json"], {}, "pipe");
      child.stdin?.end(good);
      return JSON.parse((await finish(child)).stdout) as { dataset?: string; error?: { code: string } };
    };
    expect((await through()).dataset).toBe("stdin");
    expect((await through()).error?.code).toBe("WORKSPACE_TAKEN");
    expect((await through("--name", "stdin")).dataset).toBe("stdin");
  });
});

describe("penchant import refuses, with the command that helps", () => {
  test.each<[code: string, place: string, help: string]>([
    [
      "DATA_PLACE",
      "https://example.org/log.csv.gz",
      "curl -L https://example.org/log.csv.gz | penchant import - --name NAME",
    ],
    ["DATA_PLACE", "s3://bucket/log.csv", "aws s3 cp s3://bucket/log.csv - | penchant import -"],
    ["DATA_BINARY", "log.csv.zst", "zstd -dc log.csv.zst | penchant import -"],
    ["DATA_BINARY", "log.csv.bz2", "bzip2 -dc log.csv.bz2 | penchant import -"],
    ["DATA_BINARY", "log.zip", "unzip -p log.zip"],
    ["DATA_DIRECTORY", "packed", "zstd -dc packed/log.csv.zst"],
    ["DATA_DIRECTORY", "nothing", "path of a file"],
    ["DATA_FILE_MISSING", "'*.tsv'", "pattern"],
    ["CONFIG_UNKNOWN", "ratings.csv --encoding latim-1", 'Did you mean "latin-1"?'],
    ["USAGE_ARGUMENTS", "ratings.csv --format cvs", "Did you mean csv?"],
    ["USAGE_ARGUMENTS", "ratings.csv --delimiter tba", "Did you mean tab?"],
    ["USAGE_ARGUMENTS", "ratings.csv --dryrun", "Did you mean --dry-run?"],
    ["DATA_COLUMN", "ratings.csv --user userld", 'Did you mean "userId"?'],
    ["DATA_COLUMN", "ratings.csv --event-values view=1", "--event COLUMN"],
    ["DATA_EVENT", "events.csv --event what --event-values view=1,purchse=5", 'Did you mean "purchase"?'],
  ])("%s: penchant import %s", async (code, line, help) => {
    write(
      "events.csv",
      `who,film,what\n${rows.map((row, i) => `${row.split(",", 2).join(",")},${i % 5 ? "view" : "purchase"}`).join("\n")}\n`,
    );
    const zst = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]);
    write("log.csv.zst", zst);
    write("packed/log.csv.zst", zst);
    write("log.csv.bz2", "BZh91AY");
    write("log.zip", Buffer.from("PK\u0003\u0004".padEnd(40, "\0"), "latin1"));
    mkdirSync(join(folder, "nothing"), { recursive: true });
    const args = line.split(" ").map((word) => word.replaceAll("'", ""));
    const error = await failure(folder, ["import", ...args], code === "USAGE_ARGUMENTS" ? 2 : 1);
    expect(error.code).toBe(code);
    expect(error.fix).toContain(help);
  });
});
