// Keeps credentials for as long as this process lives, and not longer.
import type { Credential, CredentialKey } from "./credential.ts";
import type { CredentialStore } from "./store.ts";
import { makeTurns } from "./turns.ts";

/** A store that touches no disk and no keychain. */
export function openMemoryStore(): CredentialStore {
  const credentials = new Map<string, Credential>();
  const takeTurn = makeTurns();
  return {
    warnings: [],
    place: async () => ({
      protection: "memory",
      description: "memory: it is gone when this command ends",
      folder: "",
    }),
    read: async (key) => credentials.get(nameOf(key)),
    list: async () =>
      [...credentials.values()].map((credential) => ({ credential, protection: "memory" })),
    prepareSave: async () => {},
    save: async (credential) => {
      credentials.set(nameOf(credential), credential);
    },
    remove: async (key) => credentials.delete(nameOf(key)),
    withLock: (key, work) => takeTurn(nameOf(key), work),
  };
}

function nameOf({ provider, profile }: CredentialKey): string {
  return `${provider}\0${profile}`;
}
