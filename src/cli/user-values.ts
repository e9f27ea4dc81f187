/**
 * Every user's value of every metric, kept in the folder of a run beside its measurement: so that runs are compared user by
 * user without ranking anything again. Users are rows of the run's own list of ids.
 */
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type FileDigest,
  FileSink,
  FileSource,
  type Json,
  readManifest,
  readSafetensors,
  type StoredTensor,
  updateMetadata,
  writeSafetensors,
} from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import type { UserMetrics } from "../evaluate/index.ts";

/** By protocol, and by whose they are: `run`, `popularity`, `mean`. */
export type UserValues = ReadonlyMap<string, ReadonlyMap<string, UserMetrics>>;

/** What a measurement notes of the file. */
export interface KeptValues extends FileDigest {
  readonly file: string;
}

/** Random scores win over nothing: nobody compares with them user by user. */
const uncompared = "random";

/** Gathers tables as an evaluation hands them out. */
export class ValueCollector {
  readonly values = new Map<string, Map<string, UserMetrics>>();

  readonly add = (users: UserMetrics, protocol: string, scorer: string): void => {
    if (scorer === uncompared) return;
    const tables = this.values.get(protocol) ?? new Map<string, UserMetrics>();
    this.values.set(protocol, tables.set(scorer, users));
  };
}

/** Writes the values of a measurement with lists of k, replacing those of an earlier one. */
export async function writeUserValues(folder: string, k: number, values: UserValues): Promise<KeptValues> {
  const file = `users-k${k}.safetensors`;
  const { tensors, metadata } = encode(values);
  const aside = join(folder, `${file}.partial`);
  await rm(aside, { force: true });
  const digest = await FileSink.create(aside, (sink) => writeSafetensors(sink, tensors, metadata));
  await rename(aside, join(folder, file));
  return { file, ...digest };
}

/** Throws ARTIFACT_CORRUPT where the file is not what was written. */
export async function readUserValues(folder: string, { file, ...digest }: KeptValues): Promise<UserValues> {
  if (!/^users-k\d+\.safetensors$/.test(file)) corrupt(`the name of the file is ${JSON.stringify(file)}`);
  try {
    return decode(await FileSource.read(join(folder, file), readSafetensors, digest));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    return corrupt(`${file} is missing`);
  }
}

/** The values without one user, whose row the run loses: those behind move up. */
export function withoutUserValues(values: UserValues, user: number): UserValues {
  const rest = (table: UserMetrics): UserMetrics => {
    const isKept = (row: number): boolean => table.users[row] !== user;
    return {
      ...table,
      users: table.users.filter((each) => each !== user).map((each) => (each > user ? each - 1 : each)),
      cells: table.cells.filter((_, at) => isKept(Math.floor(at / table.width))),
    };
  };
  return new Map(
    [...values].map(([protocol, tables]) => [
      protocol,
      new Map([...tables].map(([scorer, table]) => [scorer, rest(table)] as const)),
    ]),
  );
}

/** Takes what a run's measurements kept over to its new folder, without the row that one user had in the old one. */
export async function carryUserValues(from: string, to: string, user: number): Promise<void> {
  const { metadata } = await readManifest(to);
  const metrics = { ...metadata.metrics };
  for (const [key, noted] of Object.entries(metrics)) {
    const { k, perUser } = noted as unknown as { readonly k: number; readonly perUser?: KeptValues };
    if (!perUser) continue;
    const rest = withoutUserValues(await readUserValues(from, perUser), user);
    metrics[key] = { ...(noted as object), perUser: { ...(await writeUserValues(to, k, rest)) } } as Json;
  }
  await updateMetadata(to, (now) => ({ ...now, metrics }));
}

/** A tensor per column; columns that are equal (recall and hit rate, with one held-out item) are kept once. */
function encode(values: UserValues) {
  const tensors = new Map<string, StoredTensor>();
  const metadata: Record<string, string> = {};
  const put = (name: string, data: Int32Array | Float32Array) => tensors.set(name, { shape: [data.length], data });
  for (const [protocol, tables] of values) {
    for (const [scorer, table] of tables) {
      put(`${protocol}/users`, table.users);
      const columns = table.labels.map((label, column) => ({ label, numbers: columnOf(table, column) }));
      const names = columns.map(({ label, numbers }) => {
        const same = columns.find((other) => other.label === label || isEqual(other.numbers, numbers));
        return `${protocol}/${scorer}/${same?.label ?? label}`;
      });
      for (const [column, { label, numbers }] of columns.entries()) {
        if (names[column] === `${protocol}/${scorer}/${label}`) put(names[column], numbers);
      }
      metadata[`${protocol}/${scorer}`] = JSON.stringify(columns.map(({ label }, column) => [label, names[column]]));
    }
  }
  return { tensors, metadata };
}

const columnOf = ({ users, cells, width }: UserMetrics, column: number): Float32Array =>
  Float32Array.from(users, (_, row) => cells[row * width + column] as number);

const isEqual = (a: Float32Array, b: Float32Array): boolean => a.every((value, i) => value === b[i]);

function decode({ tensors, metadata }: Awaited<ReturnType<typeof readSafetensors>>): UserValues {
  const collected = new Map<string, Map<string, UserMetrics>>();
  for (const [key, text] of Object.entries(metadata)) {
    const at = key.lastIndexOf("/");
    const [protocol, scorer] = [key.slice(0, at), key.slice(at + 1)];
    const named = JSON.parse(text) as readonly (readonly [label: string, tensor: string])[];
    const users = tensors.get(`${protocol}/users`)?.data;
    if (!(users instanceof Int32Array)) return corrupt(`${protocol} has no users`);
    const cells = new Float64Array(users.length * named.length);
    for (const [column, [label, tensor]] of named.entries()) {
      const numbers = tensors.get(tensor)?.data;
      if (numbers?.length !== users.length) return corrupt(`${label} has no value for each user`);
      for (let row = 0; row < users.length; row++) cells[row * named.length + column] = numbers[row] as number;
    }
    const table = { users, labels: named.map(([label]) => label), cells, width: named.length };
    collected.set(protocol, (collected.get(protocol) ?? new Map<string, UserMetrics>()).set(scorer, table));
  }
  return collected;
}

function corrupt(received: string): never {
  return fail("ARTIFACT_CORRUPT", {
    what: "The values by user that were kept with a run are damaged",
    received,
    fix: "Measure the run again: penchant evaluate RUN.",
  });
}
