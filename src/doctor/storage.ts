// Looks at where secrets rest: the folder and its modes, each file, and whether the keychain answers. Changes nothing that is there.
import type { Context, Keychain } from "../context.ts";
import type { CredentialKey } from "../credentials/credential.ts";
import { probeKeychain } from "../credentials/keychain-key.ts";
import type { CredentialStore } from "../credentials/store.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { attempt, type Check } from "./check.ts";

/** The store's folder, a rehearsal of a save, each file that cannot be read, and what the store itself warns of. */
export function checkStore(
  { store, home, key }: { store: CredentialStore; home: string; key: CredentialKey },
  { files }: Context,
): Promise<readonly Check[]> {
  const name = "store";
  return attempt(name, async () => {
    const place = await store.place();
    const isThere = await files.lstat(home).then(
      () => true,
      () => false,
    );
    if (isThere) await store.prepareSave(key);
    const listed = await store.list();
    const problems = listed.flatMap((item) => ("problem" in item ? [item] : []));
    const count = listed.length - problems.length;
    const message = isThere
      ? `${count} stored; new logins go to ${place.description}`
      : "nothing stored yet; the first login makes the folder";
    return [
      { name, outcome: "ok", message },
      ...problems.map(({ file, problem }) => ({
        name,
        outcome: "problem" as const,
        kind: "store" as const,
        message: `${sanitise(file, 200)}: ${problem}`,
        repair: "Sign in again, or delete the file.",
      })),
      ...store.warnings.map((warning) => ({ name, outcome: "note" as const, message: warning })),
    ];
  });
}

/** Whether the keychain keeps a value of no worth, and how long that takes. Only where the store may use it. */
export async function checkKeychain(mode: string, context: Context): Promise<readonly Check[]> {
  const name = "keychain";
  if (mode !== "auto" && mode !== "keychain") return [];
  const checks = await attempt(name, async () => {
    const keychain = await context.openKeychain();
    const message = keychain ? await timeProbe(keychain, context) : "there is none on this system";
    return [{ name, outcome: keychain ? "ok" : "note", message } as const];
  });
  if (mode === "keychain") return checks;
  // The store does without it by itself.
  return checks.map((check) =>
    check.outcome === "problem" ? { name, outcome: "note", message: check.message } : check,
  );
}

async function timeProbe(keychain: Keychain, { clock }: Context): Promise<string> {
  const start = clock.now();
  await probeKeychain(keychain);
  return `${keychain.label} answered in ${clock.now() - start} ms`;
}
