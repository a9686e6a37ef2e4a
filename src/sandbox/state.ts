// What the sandbox keeps between runs: its keys, and every grant, code and token that it issued.
import { dirname } from "node:path";
import type { Files } from "../context.ts";
import { writeFileAtomically } from "../credentials/atomic-file.ts";
import { storeError } from "../credentials/store-error.ts";
import { areKeys, generateKeys, passingKeys, type SandboxKeys } from "./keys.ts";
import { Records, type StoredRecord } from "./records.ts";

/** A sandbox's memory. */
export interface SandboxState {
  readonly keys: SandboxKeys;
  readonly records: Records;
  /** Returns once every change made before the call is durable; concurrent calls share a write. Rejects with an OAuthLabError of kind `store`. */
  flush(): Promise<void>;
  /** Where a state file that could not be read was moved to. */
  readonly movedAside?: string;
}

interface SavedState {
  readonly version: 1;
  readonly keys: SandboxKeys;
  readonly records: readonly StoredRecord[];
}

/** The state in this file, or a fresh one; without a file it lives in memory. Throws an OAuthLabError of kind `store` where the file can be neither read nor written. */
export async function openState(
  file: { path: string; files: Files } | undefined,
): Promise<SandboxState> {
  if (file === undefined) {
    return { keys: await passingKeys(), records: new Records(), flush: async () => {} };
  }
  await createFolder(dirname(file.path), file.files);
  const { saved, movedAside } = await readState(file);
  const keys = saved?.keys ?? (await generateKeys());
  const records = new Records(saved?.records);
  const written = saved === undefined ? undefined : records.revision;
  const flush = makeFlush({ ...file, keys, records, written });
  await flush();
  return { keys, records, flush, ...(movedAside && { movedAside }) };
}

async function createFolder(path: string, files: Files): Promise<void> {
  await files.mkdir(path, { recursive: true, mode: 0o700 }).catch((error) => {
    throw storeError(error, { doing: "create", path });
  });
}

/** A file that is not a state of ours is kept under another name: deleting is for its owner to decide. */
async function readState({ path, files }: { path: string; files: Files }): Promise<{
  saved?: SavedState;
  movedAside?: string;
}> {
  const text = await files.readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw storeError(error, { doing: "read", path });
  });
  if (text === undefined) return {};
  const saved = parseState(text);
  if (saved !== undefined) return { saved };
  const movedAside = `${path}.unreadable`;
  await files.rename(path, movedAside).catch((error) => {
    throw storeError(error, { doing: "move aside", path });
  });
  return { movedAside };
}

function parseState(text: string): SavedState | undefined {
  try {
    const state: Partial<SavedState> = JSON.parse(text);
    const usable = state.version === 1 && areKeys(state.keys) && state.records?.every(isRecord);
    return usable ? (state as SavedState) : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): boolean {
  const { model, id, payload, expiresAt } = (value ?? {}) as Partial<StoredRecord>;
  return (
    typeof model === "string" &&
    typeof id === "string" &&
    typeof payload === "object" &&
    payload !== null &&
    (expiresAt === undefined || typeof expiresAt === "number")
  );
}

interface FlushOptions extends Pick<SandboxState, "keys" | "records"> {
  readonly path: string;
  readonly files: Files;
  /** The revision that the file holds already; undefined where there is no file. */
  readonly written: number | undefined;
}

/** Whole-file writes, one at a time; a caller waits only for one that began after its own change. */
function makeFlush({ path, files, keys, records, written = -1 }: FlushOptions) {
  let writing: Promise<void> | undefined;
  const write = async () => {
    const { revision } = records;
    const state: SavedState = { version: 1, keys, records: records.toSave() };
    await writeFileAtomically({ path, data: JSON.stringify(state), files });
    written = revision;
  };
  return async (): Promise<void> => {
    const wanted = records.revision;
    while (written < wanted) {
      writing ??= write().finally(() => {
        writing = undefined;
      });
      await writing;
    }
  };
}
