/** Pictures as features: files decoded and made small, so that a data set holds them and the files may go. */
import { readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { fail } from "../core/errors.ts";
import { packPicture } from "../features/index.ts";

/** Side of a picture as it is kept, in pixels. */
export const PICTURE_SIDE = 32;

/** A file larger than that is no picture of an item. */
const MOST_MEGAPIXELS = 100;

export const isPictureName = (name: string): boolean => /\.(?:png|jpe?g)$/i.test(name.trim());

/** The pictures of a folder as rows of a table, each named after what it shows: `film-3.jpg`. Undefined where it holds none. */
export function pictureFolder(path: string): { names: string[]; rows: string[][] } | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const files = readdirSync(path).filter(isPictureName).sort();
  if (files.length === 0) return undefined;
  return { names: ["id", "picture"], rows: files.map((file) => [basename(file, extname(file)), file]) };
}

/**
 * A PNG or JPEG file as a value of a feature of the kind `image`: RGB, `side` x `side` pixels, each the mean of what it covers; what is
 * transparent becomes white. Throws DATA_FILE_MISSING, FEATURE_IMAGE where it cannot be decoded, FEATURE_DECODER
 * where pngjs (of PNG) or jpeg-js (of JPEG), which an install does not bring, is missing.
 */
export async function readPicture(path: string, side = PICTURE_SIDE): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) =>
    fail("DATA_FILE_MISSING", {
      what: `There is no picture at ${path}`,
      fix: "Paths start at the folder of the file that names them.",
      cause,
    }),
  );
  return packPicture(side, shrunk(await decoded(path, bytes), side));
}

/** Values that name pictures, by file of a table, made into pictures. Those that are none stay as they are. */
export async function withPictures(
  table: { readonly source: string; readonly rows: readonly (readonly string[])[] },
  columns: readonly number[],
): Promise<string[][]> {
  const folder = statSync(table.source, { throwIfNoEntry: false })?.isDirectory()
    ? table.source
    : dirname(table.source);
  const read = new Map<string, string>();
  const rows: string[][] = [];
  for (const given of table.rows) {
    const row = [...given];
    for (const column of columns) {
      const name = row[column]?.trim() ?? "";
      if (!isPictureName(name)) continue;
      const known = read.get(name) ?? (await readPicture(resolve(folder, name)));
      read.set(name, known);
      row[column] = known;
    }
    rows.push(row);
  }
  return rows;
}

/** Columns in which nearly every value that is there names a picture. */
export function pictureColumns({
  rows,
  names,
}: {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}): number[] {
  return names.flatMap((_, column) => {
    const given = rows.map((row) => row[column]?.trim() ?? "").filter((cell) => cell !== "");
    return given.length > 0 && given.filter(isPictureName).length >= 0.95 * given.length ? [column] : [];
  });
}

interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel: red, green, blue, and how opaque it is. */
  readonly data: Uint8Array;
}

/** What decodes pictures is no part of an install: few need it. */
const installed = <T>(decoder: Promise<T>, name: string): Promise<T> =>
  decoder.catch((cause: unknown) =>
    fail("FEATURE_DECODER", {
      what: `Nothing that reads such pictures is installed: ${name} is missing`,
      fix: "npm install pngjs jpeg-js",
      details: { missing: name },
      cause,
    }),
  );

async function decoded(path: string, bytes: Buffer): Promise<Bitmap> {
  const isPng = bytes[0] === 0x89;
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  const png = isPng ? await installed(import("pngjs"), "pngjs") : undefined;
  const jpeg = isJpeg ? await installed(import("jpeg-js"), "jpeg-js") : undefined;
  try {
    if (png) {
      const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
      if (width * height > MOST_MEGAPIXELS * 1e6) throw new Error(`${width} x ${height} pixels`);
      return png.PNG.sync.read(bytes);
    }
    if (jpeg) {
      const limits = { maxResolutionInMP: MOST_MEGAPIXELS, maxMemoryUsageInMB: 1024 };
      return jpeg.default.decode(bytes, { useTArray: true, ...limits });
    }
    throw new Error(`it begins with ${bytes.toString("hex", 0, 4) || "nothing"}`);
  } catch (cause) {
    return fail("FEATURE_IMAGE", {
      what: `${path} cannot be decoded`,
      expected: `a PNG or JPEG file of at most ${MOST_MEGAPIXELS} megapixels`,
      received: cause instanceof Error ? cause.message : String(cause),
      fix: "Mend the file, or leave its value empty.",
      details: { path },
      cause,
    });
  }
}

/** Each pixel the mean of those that it covers, by how much of them it covers. */
function shrunk({ width, height, data }: Bitmap, side: number): Uint8Array {
  const out = new Uint8Array(side * side * 3);
  const across = covered(width, side);
  for (const [y, rows] of covered(height, side).entries()) {
    for (const [x, columns] of across.entries()) {
      const sums = [0, 0, 0];
      let area = 0;
      for (const [row, down] of rows) {
        for (const [column, right] of columns) {
          const at = (row * width + column) * 4;
          const opaque = (data[at + 3] as number) / 255;
          area += down * right;
          for (let c = 0; c < 3; c++)
            sums[c] = (sums[c] as number) + down * right * ((data[at + c] as number) * opaque + 255 * (1 - opaque));
        }
      }
      for (let c = 0; c < 3; c++) out[(y * side + x) * 3 + c] = Math.round((sums[c] as number) / area);
    }
  }
  return out;
}

/** Which places of a length each of `parts` parts covers, and how much of them. */
function covered(length: number, parts: number): (readonly (readonly [place: number, share: number])[])[] {
  return Array.from({ length: parts }, (_, part) => {
    const [from, to] = [(part * length) / parts, ((part + 1) * length) / parts];
    const places: (readonly [number, number])[] = [];
    for (let place = Math.floor(from); place < Math.min(length, Math.ceil(to)); place++) {
      places.push([place, Math.min(place + 1, to) - Math.max(place, from)]);
    }
    return places;
  });
}
