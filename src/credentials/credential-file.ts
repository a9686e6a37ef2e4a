// One credential's file: its name, and whether its content may be used at all.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { CredentialKey } from "./credential.ts";
import { unsafe } from "./folder.ts";
import { type Fields, parseStored, readHeader, type Seal, seals } from "./record.ts";

/** Fits every file system, also one that tells no `A` from `a`. */
const plainName = /^[a-z0-9-]{1,64}@[a-z0-9-]{1,64}$/;

/** A credential's file whose name and version fit; sealed where `seal` says so. */
export interface CredentialFile {
  readonly fields: Fields;
  readonly seal: Seal | undefined;
}

/** The name needs no listing of the folder to be found: `default@github.json`, or a digest where one of the two is no plain word. */
export function fileNameOf({ provider, profile }: CredentialKey): string {
  const name = `${profile}@${provider}`;
  if (plainName.test(name)) return `${name}.json`;
  const digest = createHash("sha256").update(`${provider}\0${profile}`).digest("hex");
  return `${digest}.json`;
}

/** Whether a name in the folder is a credential's. */
export function isCredentialFile(name: string): boolean {
  const [, stem = ""] = /^(.+)\.json$/.exec(name) ?? [];
  return plainName.test(stem) || /^[0-9a-f]{64}$/.test(stem);
}

/** The content of the file of that path. Throws a RecordError for what is no credential, and an OAuthLabError of kind `unsafe` for a credential that was moved to another one's name. */
export function parseFile(path: string, bytes: Uint8Array): CredentialFile {
  const fields = parseStored(bytes);
  if (fileNameOf(readHeader(fields)) !== basename(path)) {
    throw unsafe(path, "holds another credential than its name stands for");
  }
  return { fields, seal: fields.has("sealed") ? fields.oneOf("sealed", seals) : undefined };
}
