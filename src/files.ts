// The file operations of the real Context. Node's synchronous calls behind promises: for a few small files they take a
// fraction of what the thread pool takes, and node:fs/promises need not be loaded.
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import type { Files, OpenFile } from "./context.ts";

/** On the disk. A pipe must be opened with O_NONBLOCK, or the process waits for its other end, deaf to signals. */
export const files: Files = {
  chmod: async (path, mode) => chmodSync(path, mode),
  link: async (path, newPath) => linkSync(path, newPath),
  lstat: async (path) => lstatSync(path),
  mkdir: async (path, mode) => mkdirSync(path, mode),
  open: async (path, flags, mode) => openFile(openSync(path, flags, mode)),
  readdir: async (path) => readdirSync(path),
  readFile: async (path, encoding) => readFileSync(path, encoding),
  rename: async (path, newPath) => renameSync(path, newPath),
  rm: async (path, options) => rmSync(path, options),
  unlink: async (path) => unlinkSync(path),
};

function openFile(descriptor: number): OpenFile {
  return {
    chmod: async (mode) => fchmodSync(descriptor, mode),
    close: async () => closeSync(descriptor),
    read: async (buffer, offset, length) => ({
      bytesRead: readSync(descriptor, buffer, offset, length, null),
    }),
    readFile: async () => readFileSync(descriptor),
    stat: async () => fstatSync(descriptor),
    sync: async () => fsyncSync(descriptor),
    write: async (bytes, offset, length) => ({
      bytesWritten: writeSync(descriptor, bytes, offset, length),
    }),
    writeFile: async (text) => writeFileSync(descriptor, text),
  };
}
