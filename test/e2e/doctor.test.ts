import { beforeAll, expect, test } from "vitest";
import { answer, clubFolder, failure, penchant } from "./cli.ts";
import { startServer } from "./server.ts";

interface Diagnosis {
  readonly model: string;
  readonly findings: readonly { readonly code: string; readonly number: number; readonly fix: string }[];
  readonly well: readonly string[];
}

let folder = "";
const doctor = (...args: string[]) => answer<Diagnosis>(folder, "doctor", ...args);
const codes = ({ findings }: Diagnosis): string[] => findings.map(({ code }) => code);

beforeAll(async () => {
  folder = await clubFolder();
  await answer(folder, "train", "ease", "--run", "ease");
  await answer(folder, "train", "popularity", "--run", "same");
});

test("a personal model is well, one that shows everybody the same is not", async () => {
  expect(codes(await doctor("ease"))).not.toContain("same-for-everybody");
  const { findings } = await doctor("same");
  expect(findings).toMatchObject([
    { code: "same-for-everybody", fix: expect.stringMatching(/\.$/) },
    { code: "impersonal" },
  ]);
  expect((await penchant(folder, "doctor", "same")).stdout).toContain("! same-for-everybody");
});

test("what happened since is told: new items, much of it, and what it means for one person", async () => {
  await answer(folder, "deploy", "ease", "--as", "shop");
  const server = await startServer(folder, "shop");
  const events = Array.from({ length: 1200 }, (_, i) => ({
    user: `late-${i % 40}`,
    item: `later-${i % 9}`,
    type: "view",
  }));
  await server.post("/v1/events", { events: [...events, { user: "guest", item: "film-1", type: "view" }] });
  const { findings } = await doctor("shop");
  expect(findings).toMatchObject([
    { code: "stale", number: 1201 },
    { code: "unknown-items", number: 9 },
  ]);
  expect(codes(await doctor("shop", "--user", "guest"))).toContain("unknown-user");
  const guest = await doctor("shop", "--user", "guest");
  expect(guest.well[0]).toMatch(/items are left to recommend, by the method history/);
});

test("a model that is not there", async () => {
  expect((await failure(folder, ["doctor", "nothing"])).code).toBe("WORKSPACE_UNKNOWN");
});
