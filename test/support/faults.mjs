/**
 * A disk that fails: what writes, syncs, makes or renames below a folder is counted, and the call that was chosen fails as an operating system lets it fail. A write
 * that fails has written half of its bytes. For child processes of the built package: `watch(folder)`, then `arm(…)`; or loaded by
 * `--import` with PENCHANT_FAULTS, the path of a file that holds `FOLDER CODE` while every such call below FOLDER is to fail.
 */
import fs from "node:fs";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { sep } from "node:path";

let [root, at, code, isShort, calls] = [undefined, 0, "EIO", false, 0];
const paths = new WeakMap();

/** From here on the call of this number below the folder fails (0: every one, undefined: none), and the count begins anew. */
export function arm(number, { error = "EIO", short = false } = {}) {
  [at, code, isShort, calls] = [number, error, short, 0];
}

/** Calls below the folder since `arm`. */
export const counted = () => calls;

function failsAt(path) {
  if (root === undefined || at === undefined || !String(path).startsWith(root + sep)) return false;
  calls++;
  return at === 0 || calls === at;
}

const failure = (what, path) =>
  Object.assign(new Error(`${code}: injected, ${what} '${path}'`), { code, path: String(path), syscall: what });

const half = (content) => {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return bytes.subarray(0, bytes.length >> 1);
};

/** The call, or a failure before it. */
function guard(owner, name, pathOf = ([path]) => path) {
  const original = owner[name];
  const isPromised = owner === promises;
  owner[name] = function (...args) {
    const path = pathOf(args);
    if (!failsAt(path)) return original.apply(this, args);
    if (isPromised) return Promise.reject(failure(name, path));
    throw failure(name, path);
  };
}

const writes = (flags = "r") => flags !== "r" && flags !== fs.constants.O_RDONLY;

/** Faults for what is below a folder. */
export async function watch(folder) {
  root = folder;
  arm(undefined);
  const to = ([, path]) => path;
  guard(fs, "mkdirSync");
  guard(fs, "renameSync", to);
  guard(promises, "rename", to);
  guard(promises, "mkdir");
  guard(promises, "cp", to);
  const { writeFileSync, openSync, fsyncSync } = fs;
  fs.writeFileSync = (path, content, options) => {
    if (failsAt(path)) throw failure("write", path);
    return writeFileSync(path, content, options);
  };
  const open = new Map();
  fs.openSync = (path, flags, mode) => {
    const descriptor = openSync(path, flags, mode);
    open.set(descriptor, path);
    return descriptor;
  };
  fs.fsyncSync = (descriptor) => {
    if (failsAt(open.get(descriptor))) throw failure("fsync", open.get(descriptor));
    return fsyncSync(descriptor);
  };
  const { open: openFile, writeFile } = promises;
  promises.writeFile = async (path, content, options) => {
    if (!failsAt(path)) return writeFile(path, content, options);
    await writeFile(path, half(content), options);
    throw failure("write", path);
  };
  promises.open = async (path, flags, mode) => {
    if (writes(flags) && failsAt(path)) throw failure("open", path);
    const handle = await openFile(path, flags, mode);
    paths.set(handle, path);
    return handle;
  };
  const probe = await openFile(import.meta.filename, "r");
  const prototype = Object.getPrototypeOf(probe);
  await probe.close();
  for (const name of ["sync", "datasync", "truncate"]) {
    const original = prototype[name];
    prototype[name] = async function (...args) {
      const isRoomLess = code === "ENOSPC" && name === "truncate"; // which makes room
      if (!isRoomLess && failsAt(paths.get(this))) throw failure(name, paths.get(this));
      return original.apply(this, args);
    };
  }
  const { write, writeFile: fill } = prototype;
  prototype.write = async function (bytes, start = 0, length = bytes.byteLength - start, position = null) {
    const path = paths.get(this);
    const isBelow = path !== undefined && String(path).startsWith(root + sep);
    if (isShort && isBelow) return write.call(this, bytes, start, Math.min(length, 7), position);
    if (!failsAt(path)) return write.call(this, bytes, start, length, position);
    if (length > 1) await write.call(this, bytes, start, length >> 1, position);
    throw failure("write", path);
  };
  prototype.writeFile = async function (content, options) {
    if (!failsAt(paths.get(this))) return fill.call(this, content, options);
    await fill.call(this, half(content), options);
    throw failure("write", paths.get(this));
  };
  syncBuiltinESMExports();
}

const control = process.env.PENCHANT_FAULTS;
if (control !== undefined) {
  const { readFileSync } = fs;
  await watch("/nowhere");
  setInterval(() => {
    let text = "";
    try {
      text = readFileSync(control, "utf8");
    } catch {
      // well again
    }
    const [folder = "", error] = text.split(" ");
    root = folder || "/nowhere";
    arm(text === "" ? undefined : 0, { error });
  }, 5).unref();
}
