// What oidc-provider stores, in memory and bounded. It decides what is dropped when there is too much, never what is valid.
import type { Adapter, AdapterPayload } from "oidc-provider";

/** One stored object of oidc-provider. */
export interface StoredRecord {
  readonly model: string;
  readonly id: string;
  readonly payload: AdapterPayload;
  /** Milliseconds since 1970; undefined where it never ends. */
  readonly expiresAt?: number;
}

/** How many records may be held. */
export interface RecordLimits {
  /** Grants and live refresh tokens, one of each a login: what a client comes back with days later. */
  readonly lasting: number;
  /** Everything that ends within hours, and the refresh tokens that were replaced. */
  readonly passing: number;
}

/** Room for 500 logins, in a state file of at most about 1 MB. */
export const defaultLimits: RecordLimits = { lasting: 1000, passing: 1000 };

/** A login that is under way does not survive a restart: it is started again. */
const unsavedModels = new Set(["Interaction", "Session"]);

/**
 * All records, the least recently used first. The two kinds have a limit each, so that no number of grants can crowd
 * out the code of a login under way, and no number of refreshes with one grant the others.
 */
export class Records {
  readonly #lasting: Shelf;
  readonly #passing: Shelf;
  #revision = 0;

  constructor(saved: readonly StoredRecord[] = [], limits: RecordLimits = defaultLimits) {
    this.#lasting = { records: new Map(), limit: limits.lasting };
    this.#passing = { records: new Map(), limit: limits.passing };
    for (const record of saved) this.#put(record);
  }

  /** Grows with each change to what belongs into the state file. */
  get revision(): number {
    return this.#revision;
  }

  /** What belongs into the state file. */
  toSave(): StoredRecord[] {
    return this.#all().filter(
      ({ model, expiresAt }) => !unsavedModels.has(model) && !isPast(expiresAt),
    );
  }

  /** The storage of one of oidc-provider's models. */
  adapter(model: string): Adapter {
    return {
      upsert: async (id, payload, expiresInSeconds) => {
        const expiresAt = expiresInSeconds && Date.now() + expiresInSeconds * 1000;
        this.#put({ model, id, payload, ...(expiresAt && { expiresAt }) });
      },
      find: async (id) => this.#use(model, id)?.payload,
      findByUid: async (uid) => this.#search(model, ({ payload }) => payload.uid === uid)?.payload,
      findByUserCode: async (code) =>
        this.#search(model, ({ payload }) => payload.userCode === code)?.payload,
      consume: async (id) => {
        const record = this.#use(model, id);
        const consumed = Math.floor(Date.now() / 1000);
        if (record) this.#put({ ...record, payload: { ...record.payload, consumed } });
      },
      destroy: async (id) => this.#remove(model, id),
      revokeByGrantId: async (grantId) => {
        const revoked = this.#all().filter(({ payload }) => payload.grantId === grantId);
        for (const record of revoked) this.#remove(record.model, record.id);
      },
    };
  }

  #all(): StoredRecord[] {
    return [...this.#lasting.records.values(), ...this.#passing.records.values()];
  }

  /** Consuming moves a refresh token from one shelf to the other. */
  #put(record: StoredRecord): void {
    const key = keyOf(record.model, record.id);
    this.#lasting.records.delete(key);
    this.#passing.records.delete(key);
    const shelf = isLasting(record) ? this.#lasting : this.#passing;
    shelf.records.set(key, record);
    makeRoom(shelf);
    this.#noteChange(record.model);
  }

  /** Finding makes it the most recently used: a grant lives as long as somebody refreshes with it. */
  #use(model: string, id: string): StoredRecord | undefined {
    const key = keyOf(model, id);
    for (const { records } of [this.#lasting, this.#passing]) {
      const record = records.get(key);
      if (record === undefined) continue;
      records.delete(key);
      records.set(key, record);
      return record;
    }
    return undefined;
  }

  #search(model: string, matches: (record: StoredRecord) => boolean): StoredRecord | undefined {
    return this.#all().find((record) => record.model === model && matches(record));
  }

  #remove(model: string, id: string): void {
    const key = keyOf(model, id);
    const removed = [this.#lasting, this.#passing].filter(({ records }) => records.delete(key));
    if (removed.length > 0) this.#noteChange(model);
  }

  #noteChange(model: string): void {
    if (!unsavedModels.has(model)) this.#revision += 1;
  }
}

interface Shelf {
  readonly records: Map<string, StoredRecord>;
  readonly limit: number;
}

/** A registered client, and the token that ends its registration, are what a login of next month comes back with. */
const lastingModels = new Set(["Grant", "Client", "RegistrationAccessToken"]);

function isLasting({ model, payload }: StoredRecord): boolean {
  return lastingModels.has(model) || (model === "RefreshToken" && payload.consumed === undefined);
}

function keyOf(model: string, id: string): string {
  return `${model}:${id}`;
}

/** Date.now because oidc-provider tells the time by it: two clocks would drop what the other takes for valid. */
function isPast(expiresAt: number | undefined): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now();
}

/** Drops what has expired first, then the least recently used. */
function makeRoom({ records, limit }: Shelf): void {
  if (records.size <= limit) return;
  for (const [key, { expiresAt }] of records) if (isPast(expiresAt)) records.delete(key);
  for (const key of records.keys()) {
    if (records.size <= limit) return;
    records.delete(key);
  }
}
