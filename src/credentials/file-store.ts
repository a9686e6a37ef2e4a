// Credentials as files, one each: the order of steps that a read, a save and a removal take. Knows no cipher and no keychain.
import { join } from "node:path";
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { rehearseWrite, syncFolder, writeFileAtomically } from "./atomic-file.ts";
import type { Credential, CredentialKey } from "./credential.ts";
import { type CredentialFile, fileNameOf, isCredentialFile, parseFile } from "./credential-file.ts";
import { checkFolder, ensureFolder, liesInWorkTree } from "./folder.ts";
import { refuseRecord, removeLeftovers, sweepOrphans } from "./leftovers.ts";
import { acquireLock } from "./lock.ts";
import { formatOwner } from "./lock-owner.ts";
import { type PrivateFile, readPrivateFile } from "./private-file.ts";
import { maxRecordBytes, RecordError, readRecord, type Seal } from "./record.ts";
import type { Sealing } from "./sealing.ts";
import type { CredentialStore, Listed, Place, StoreOptions } from "./store.ts";
import { errnoOf, storeError } from "./store-error.ts";
import { makeTurns } from "./turns.ts";

/** More than the largest credential that providers are known to issue: what the rehearsal of a save writes. */
const rehearsalBytes = 16_384;
const retryPausesMilliseconds = [50, 250, 1000];

/** The store in a folder of files. */
export class FileStore implements CredentialStore {
  readonly #options: StoreOptions;
  readonly #context: Context;
  readonly #takeTurn = makeTurns();
  readonly #warnings = new Set<string>();
  #sealing: Promise<Sealing> | undefined;

  constructor(options: StoreOptions, context: Context) {
    this.#options = options;
    this.#context = context;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  async place(): Promise<Place> {
    const { folder } = this.#options;
    if (await liesInWorkTree(folder, this.#context.files)) {
      this.#warnings.add(
        `${folder} lies in a git work tree: set OAUTH_LAB_HOME to another folder.`,
      );
    }
    const sealing = await this.#openSealing();
    return { ...(await sealing.describe()), folder };
  }

  async read(key: CredentialKey): Promise<Credential | undefined> {
    if (!(await checkFolder(this.#folder))) return undefined;
    return this.#useFile(this.#pathOf(key), (file) => this.#open(file));
  }

  /** Reads every file; moves none aside, so that looking changes nothing. */
  async list(): Promise<Listed[]> {
    if (!(await checkFolder(this.#folder))) return [];
    const { folder } = this.#options;
    const names = await this.#sweep();
    const listed: Listed[] = [];
    for (const name of names.filter(isCredentialFile).sort()) {
      const path = join(folder, name);
      try {
        const found = await this.#readFile(path);
        if (found === undefined) continue;
        const file = parseFile(path, found.bytes);
        listed.push({ credential: await this.#open(file), protection: file.seal ?? "file" });
      } catch (error) {
        if (!(error instanceof OAuthLabError || error instanceof RecordError)) throw error;
        listed.push({ file: path, problem: error.message });
      }
    }
    return listed;
  }

  async prepareSave(key: CredentialKey): Promise<void> {
    const path = this.#pathOf(key);
    const { sealing, present } = await this.#approach(path);
    await sealing.prepare(present);
    await rehearseWrite({ ...(await this.#write(path)), data: Buffer.alloc(rehearsalBytes) });
  }

  /** Tries again three times before it gives up: the credential may be the only copy of a rotated refresh token. */
  async save(credential: Credential): Promise<void> {
    for (const pause of retryPausesMilliseconds) {
      const failure = await this.#saveOnce(credential).catch((error: unknown) => error);
      if (failure === undefined) return;
      if (!(failure instanceof OAuthLabError) || failure.kind !== "store") throw failure;
      // Not cut short by Ctrl-C: what is not on disk yet would be lost.
      await this.#context.clock.sleep(pause);
    }
    await this.#saveOnce(credential);
  }

  async remove(key: CredentialKey): Promise<boolean> {
    if (!(await checkFolder(this.#folder))) return false;
    const { files } = this.#context;
    const path = this.#pathOf(key);
    try {
      const existed = await unlinkIfAny(path, this.#context);
      await removeLeftovers({ path, files });
      await syncFolder(this.#options.folder, files);
      return existed;
    } catch (error) {
      throw storeError(error, { doing: "delete", path });
    }
  }

  withLock<T>(
    key: CredentialKey,
    work: () => Promise<T>,
    adopt?: () => Promise<T | undefined>,
  ): Promise<T> {
    const folder = this.#pathOf(key).replace(/json$/, "lock");
    return this.#takeTurn(folder, async () => {
      await ensureFolder(this.#folder);
      let adopted: T | undefined;
      const release = await acquireLock({ ...this.#context, folder }, async () => {
        adopted = await adopt?.();
        return adopted !== undefined;
      });
      if (release === undefined) return adopted as T;
      try {
        return await work();
      } finally {
        await release();
      }
    });
  }

  async #saveOnce(credential: Credential): Promise<undefined> {
    const path = this.#pathOf(credential);
    const { sealing, present } = await this.#approach(path);
    const data = await sealing.seal(credential, present);
    await writeFileAtomically({ ...(await this.#write(path)), data });
  }

  /** What every write begins with; learns how the file in the place is sealed, and refuses one that must not be replaced. */
  async #approach(path: string): Promise<{ sealing: Sealing; present: Seal | undefined }> {
    await ensureFolder(this.#folder);
    await this.#sweep();
    const present = await this.#useFile(path, sealOf).catch(ignoreCorrupt);
    return { sealing: await this.#openSealing(), present };
  }

  async #readFile(path: string): Promise<PrivateFile | undefined> {
    const { files, userId } = this.#context;
    const found = await readPrivateFile({ path, files, userId, maxBytes: maxRecordBytes });
    if (found?.wasReadable) this.#warnings.add(`${path} could be read by others: mended.`);
    return found;
  }

  /** What `use` makes of the file, undefined where there is none; a file that turns out corrupt is kept under another name. */
  async #useFile<T>(
    path: string,
    use: (file: CredentialFile) => T | Promise<T>,
  ): Promise<T | undefined> {
    const found = await this.#readFile(path);
    if (found === undefined) return undefined;
    try {
      return await use(parseFile(path, found.bytes));
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      throw await refuseRecord({ ...this.#context, path, inode: found.inode, error });
    }
  }

  async #open({ seal, fields }: CredentialFile): Promise<Credential> {
    return seal === undefined ? readRecord(fields) : (await this.#openSealing()).unseal(fields);
  }

  /** Removes temporary files of runs that were killed; returns the names that are left. */
  #sweep(): Promise<string[]> {
    return sweepOrphans({ ...this.#context, folder: this.#options.folder });
  }

  /** Loaded on need: a plain file is read without it. */
  #openSealing(): Promise<Sealing> {
    this.#sealing ??= import("./sealing.ts").then(
      ({ Sealing }) => new Sealing(this.#options, this.#context),
    );
    return this.#sealing;
  }

  async #write(path: string) {
    const { files, processes } = this.#context;
    return { path, files, owner: formatOwner(await processes.identify()) };
  }

  #pathOf(key: CredentialKey): string {
    return join(this.#options.folder, fileNameOf(key));
  }

  get #folder() {
    const { files, userId } = this.#context;
    return { path: this.#options.folder, files, userId };
  }
}

/** How the file is sealed. Throws a RecordError for an open one that is damaged: it must be kept. */
function sealOf({ seal, fields }: CredentialFile): Seal | undefined {
  if (seal === undefined) readRecord(fields);
  return seal;
}

function unlinkIfAny(path: string, { files }: Context): Promise<boolean> {
  return files.unlink(path).then(
    () => true,
    (error) => {
      if (errnoOf(error) !== "ENOENT") throw error;
      return false;
    },
  );
}

/** A corrupt file has been moved away by now: its name is free. */
function ignoreCorrupt(error: unknown): undefined {
  if (!(error instanceof OAuthLabError) || error.code !== "store_corrupt") throw error;
}
