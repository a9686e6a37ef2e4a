// The check that closes every test: no secret of this test's wire, input or environment stands where it must not.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "./context.ts";
import {
  type Canary,
  type CanaryKind,
  findCanaries,
  findCanariesInAuthorization,
  findLeaks,
  type Place,
  type PlacedText,
  type Sighting,
} from "./leak-check.ts";
import type { Exchange } from "./recorded-fetch.ts";

/** What a test context keeps for the check at its end. */
export interface Recording {
  readonly exchanges: Exchange[];
  readonly openedAddresses: URL[];
  readonly browserRuns: Promise<unknown>[];
  readonly canaries: Canary[];
  readonly watched: string[];
  readonly allowed: ((sighting: Sighting) => boolean)[];
  readonly hasKeychain: boolean;
}

const recordings = new WeakMap<TestContext, Recording>();

export function rememberRecording(context: TestContext, recording: Recording): void {
  recordings.set(context, recording);
}

/** The nonce stands in the ID token, which is kept whole. */
const kept = new Set<CanaryKind>([
  "access_token",
  "refresh_token",
  "id_token",
  "nonce",
  "registration_access_token",
]);

/** Whether the store is one that holds its tokens in plain files: then they belong there, and nothing else does. */
function isPlainStore({ env }: TestContext, { hasKeychain }: Recording): boolean {
  return !hasKeychain && !env.OAUTH_LAB_PASSPHRASE && env.OAUTH_LAB_STORE !== "memory";
}

/**
 * Throws when a secret that this test's wire, input or environment carried stands on stdout, stderr or in a file.
 * The store may hold tokens, unless it is sealed. Runs by itself at the end of each test; a test may call it earlier.
 */
export async function expectNoLeaks(context: TestContext): Promise<void> {
  const recording = recordings.get(context);
  if (recording === undefined) throw new Error("not a test context");
  const plainStore = isPlainStore(context, recording);
  const leaks = findLeaks(await textsOf(context), canariesOf(context, recording)).filter(
    (sighting) =>
      !(plainStore && sighting.place === "store" && kept.has(sighting.kind)) &&
      !recording.allowed.some((allows) => allows(sighting)),
  );
  if (leaks.length === 0) return;
  const lines = leaks.map(({ kind, value, place, file }) => `${kind} ${value} in ${file ?? place}`);
  throw new Error(`leaked:\n${lines.join("\n")}`);
}

function canariesOf(context: TestContext, recording: Recording): Canary[] {
  const { exchanges, openedAddresses, watched, canaries } = recording;
  const wireTexts = exchanges.flatMap(({ url, requestBody, responseBody, responseHeaders }) => [
    url,
    requestBody,
    responseBody,
    responseHeaders.location ?? "",
  ]);
  const typed = [context.stdin.typed, ...openedAddresses.map(String), ...watched];
  const headers = exchanges.flatMap(({ requestHeaders: { authorization } }) => authorization ?? []);
  const secretKeys = Object.entries(context.env)
    .filter(([key]) => /_CLIENT_SECRET$|_REFRESH_TOKEN$|_PASSPHRASE$/.test(key))
    .map(([key, value = ""]) => ({ kind: kindOfSetting(key), value }));
  return [
    ...canaries,
    ...secretKeys,
    ...[...wireTexts, ...typed].flatMap(findCanaries),
    ...headers.flatMap(findCanariesInAuthorization),
  ];
}

function kindOfSetting(key: string): CanaryKind {
  if (key.endsWith("_CLIENT_SECRET")) return "client_secret";
  return key.endsWith("_REFRESH_TOKEN") ? "refresh_token" : "other";
}

async function textsOf(context: TestContext): Promise<PlacedText[]> {
  const { stdout, stderr, storeFolder, workingFolder, homeFolder } = context;
  return [
    { place: "stdout", text: stdout.text },
    { place: "stderr", text: stderr.text },
    ...(await filesIn(storeFolder, "store")),
    ...(await filesIn(workingFolder, "files")),
    ...(await filesIn(homeFolder, "files")),
  ];
}

/** The content, and the names, of all files in a folder; what the test itself wrote there (`.env`) is its own affair. */
async function filesIn(folder: string, place: Place): Promise<PlacedText[]> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith(".env"));
  return Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      return { place, file, text: `${file}\n${await fs.readFile(file, "latin1")}` };
    }),
  );
}
