/** Places on the earth as values of features: degrees of latitude and longitude, and the cells of grids that they fall into. */
import type { Cell } from "./types.ts";

/** Heights of the cells of each grid in degrees of latitude: about 1800, 450, 110, 28, 7 and 1.7 kilometres. */
export const GRIDS = [16, 4, 1, 1 / 4, 1 / 16, 1 / 64] as const;

const NUMBER = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)";
const PAIR = new RegExp(`^[(\\[]?\\s*(${NUMBER})\\s*[,;/ ]\\s*(${NUMBER})\\s*[)\\]]?$`);

/** Latitude and longitude of `52.52, 13.40`, with or without brackets, or of a list of two numbers; undefined where it is no place. */
export function placeOf(cell: Cell): readonly [latitude: number, longitude: number] | undefined {
  const parts = Array.isArray(cell) && cell.length === 2 ? cell.map(String).join(",") : cell;
  const [, latitude, longitude] = (typeof parts === "string" && PAIR.exec(parts.trim())) || [];
  return latitude === undefined ? undefined : placeAt(Number(latitude), Number(longitude));
}

/** Longitudes go from -180 to 180; those from 0 to 360 mean the same. */
function placeAt(latitude: number, longitude: number): readonly [number, number] | undefined {
  const isPlace = Math.abs(latitude) <= 90 && longitude >= -180 && longitude <= 360;
  return isPlace ? [latitude, longitude >= 180 ? longitude - 360 : longitude] : undefined;
}

/**
 * The cell of each grid that a place is in. A grid is bands of equal height, each cut into as many equal parts as make them about as wide
 * as high, so that cells near the poles are no slivers.
 */
export function placeCells([latitude, longitude]: readonly [number, number]): string[] {
  return GRIDS.map((height) => {
    const band = Math.min(Math.floor((latitude + 90) / height), Math.ceil(180 / height) - 1);
    const middle = Math.min(90, (band + 0.5) * height - 90);
    const parts = Math.max(1, Math.round((360 * Math.cos((middle * Math.PI) / 180)) / height));
    return `${height}/${band}/${Math.floor(((longitude + 180) / 360) * parts)}`;
  });
}

/** The name of a feature made of two columns. A row may have its value under it, or the two under their own names. */
export function partsOfPair(name: string): readonly [latitude: string, longitude: string] | undefined {
  const at = name.indexOf("+");
  return at > 0 && at < name.length - 1 ? [name.slice(0, at), name.slice(at + 1)] : undefined;
}

/** Names of pairs of columns that say that they are latitude and longitude: `lat` and `lon`, `shop_latitude` and `shop_longitude`. */
export function placePairs(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const found = /^(.*?)lat(?:itude)?(.*)$/i.exec(name);
    if (!found) return [];
    const partners = ["lon", "lng", "long", "longitude"].map((word) => `${found[1]}${word}${found[2]}`.toLowerCase());
    const other = names.find((each) => partners.includes(each.toLowerCase()));
    return other === undefined ? [] : [`${name}+${other}`];
  });
}
