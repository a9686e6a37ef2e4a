// File operations of which chosen ones fail. Counts every call, those on opened files too.
import type { FileHandle } from "node:fs/promises";
import * as fs from "node:fs/promises";
import type { Files } from "../../src/context.ts";

export interface Fault {
  /** Which call fails, from 1 on; with `onwards` all after it too. */
  readonly at: number;
  readonly onwards?: boolean;
  readonly errno: string;
}

export interface FaultyFiles {
  readonly files: Files;
  /** The names of the calls made so far. */
  readonly calls: string[];
}

/** The real file operations, one of which fails as told. A close that fails has closed. */
export function faultyFiles(fault?: Fault): FaultyFiles {
  const calls: string[] = [];
  const attempt = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    calls.push(name);
    const isDue = fault?.onwards ? calls.length >= fault.at : calls.length === fault?.at;
    if (!fault || !isDue) return work();
    if (name === "close") await work();
    throw Object.assign(new Error(`${fault.errno}: injected`), { code: fault.errno });
  };
  const intercept = <T extends object>(
    target: T,
    wrap: (name: string, result: unknown) => unknown,
  ) =>
    new Proxy(target, {
      get(_, name: string) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) =>
          attempt(name, async () => wrap(name, await member.apply(target, args)));
      },
    });
  const files = intercept({ ...fs }, (name, result) =>
    name === "open" ? intercept(result as FileHandle, (_, value) => value) : result,
  );
  return { files, calls };
}

/** The real file operations, with `write` on opened files done by this instead. */
export function filesThatWrite(
  write: (handle: FileHandle, bytes: Uint8Array) => Promise<number>,
): Files {
  return {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => {
      const handle = await fs.open(...args);
      const replaced = async (buffer: Uint8Array, offset: number, length: number) => ({
        buffer,
        bytesWritten: await write(handle, buffer.subarray(offset, offset + length)),
      });
      return new Proxy(handle, {
        get(_, name) {
          if (name === "write") return replaced;
          const member: unknown = Reflect.get(handle, name, handle);
          return typeof member === "function" ? member.bind(handle) : member;
        },
      });
    },
  };
}
