import { inPortions } from "../portions.ts";
import type { Words } from "../request.ts";
import type { Addon, AddonUpload } from "./addon.ts";
import { translated } from "./errors.ts";

/** Copies arrays into the core's memory without keeping the main thread for long. */
export async function upload(addon: Addon, arrays: readonly Words[]): Promise<AddonUpload> {
  const upload = new addon.Upload();
  for (const array of arrays) {
    translated(() => upload.begin(array.length));
    await inPortions(array, (portion) => translated(() => upload.append(portion)));
  }
  return upload;
}
