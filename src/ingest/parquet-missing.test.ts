import { expect, test, vi } from "vitest";
import { coded, temporaryFile } from "../../test/support/folder.ts";
import { readEvents } from "./read.ts";

vi.mock("@duckdb/node-api", () => {
  throw new Error("Cannot find package '@duckdb/node-api'");
});

test("without DuckDB a Parquet file is a coded error, and text is read as ever", async () => {
  const error = await coded("DATA_PARQUET", () => readEvents(temporaryFile("x.parquet", "PAR1 … PAR1")));
  expect(error.fix).toContain("npm install @duckdb/node-api");
  expect((await readEvents(temporaryFile("x.csv", "user,item\na,b\n"))).report.rows).toBe(1);
});
