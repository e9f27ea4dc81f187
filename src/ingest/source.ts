import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { fail, PenchantError, penchantError } from "../core/errors.ts";
import { decoded } from "./encoding.ts";

const CHUNK = 1 << 20;

/** A file's bytes, decompressed when they are gzip and decoded where they are no UTF-8, and how far reading has come. */
export interface ByteSource {
  readonly chunks: AsyncIterable<Buffer>;
  /** Bytes of the file (compressed ones where it is) consumed so far. */
  consumed(): number;
}

/** The first bytes of a file as they are on disk. */
export async function magic(path: string, length = 16): Promise<Buffer> {
  const file = await open(path, "r").catch((error: unknown) => unreadable(path, error));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    return unreadable(path, error);
  } finally {
    await file.close();
  }
}

export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** Opens a file for reading from its start. Errors while reading become DATA_UNREADABLE, an abort DATA_CANCELLED. */
export function openSource(
  path: string,
  {
    gzip,
    signal,
    limit,
    encoding,
  }: { gzip: boolean; signal?: AbortSignal | undefined; limit?: number | undefined; encoding?: string | undefined },
): ByteSource {
  const file = createReadStream(path, { highWaterMark: Math.min(CHUNK, limit ?? CHUNK), signal });
  const bytes = gzip ? file.pipe(createGunzip({ chunkSize: Math.min(CHUNK, limit ?? CHUNK) })) : file;
  if (gzip) file.on("error", (error) => bytes.destroy(error));
  const chunks = guarded(bytes as AsyncIterable<Buffer>, path, () => file.destroy());
  return {
    chunks: encoding === undefined ? chunks : decoded(chunks, encoding),
    consumed: () => file.bytesRead,
  };
}

async function* guarded(chunks: AsyncIterable<Buffer>, path: string, close: () => void): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    unreadable(path, error);
  } finally {
    close();
  }
}

/** At most `limit` decompressed bytes from the start of a file. */
export async function readStart(path: string, { gzip, limit }: { gzip: boolean; limit: number }): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of openSource(path, { gzip, limit }).chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= limit) break;
  }
  return Buffer.concat(parts).subarray(0, limit);
}

/** The start of a text as UTF-8; a letter that its end cuts is left out. */
export function decodedStart(start: Uint8Array, encoding: string): Buffer {
  return Buffer.from(new TextDecoder(encoding).decode(start, { stream: true }), "utf8");
}

function unreadable(path: string, error: unknown): never {
  if (error instanceof PenchantError) throw error;
  const { code, message, name } = error as NodeJS.ErrnoException;
  if (name === "AbortError") throw cancelled(path, (error as Error).cause);
  const truncated = code === "Z_BUF_ERROR";
  return fail("DATA_UNREADABLE", {
    what: truncated ? `${path} ends in the middle of its gzip stream` : `${path} cannot be read`,
    received: truncated ? undefined : message,
    fix: code === "EACCES" ? "Give yourself permission to read it." : "Fetch or compress the file again.",
    cause: error,
  });
}

/** `reason`: the signal's, or the cause of the AbortError that it made. */
export function cancelled(path: string, reason: unknown): PenchantError {
  return penchantError("DATA_CANCELLED", { what: `Reading ${path} was cancelled`, cause: reason });
}
