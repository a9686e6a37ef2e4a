// Where a report goes: looked at before the command begins, written whole or not at all, and never over a file that is not an untouched report of ours.
import { createHash } from "node:crypto";
import { extname, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { rehearseWrite, writeFileAtomically } from "../../credentials/atomic-file.ts";
import { openOwnedWrite } from "../../credentials/leftovers.ts";
import { errnoOf, storeError } from "../../credentials/store-error.ts";
import { OAuthLabError } from "../../errors.ts";
import { sanitise } from "../../terminal/sanitise.ts";

/** The forms of a report, by the end of its file's name. */
export type ReportForm = "md" | "html" | "har";

/** A place that has been looked at. */
export interface ReportFile {
  /** As it may be shown. */
  readonly path: string;
  readonly form: ReportForm;
  /** Writes the report, mode 0600. `seal` puts a mark of ours into the text, by which a later run knows it. Throws `usage` or `store`. */
  write(seal: (mark: string) => string): Promise<void>;
}

const rehearsalBytes = 65_536;
const largestReportBytes = 16 * 1024 * 1024;
const mark = /made by oauth-lab; sha256:([0-9a-f]{64})/;

/** Looks at the place. Throws `usage` for a name that says no form, and for a file that is not to be lost; `store` where nothing can be written. */
export async function openReportFile(
  name: string,
  { workingFolder, files, processes }: Context,
): Promise<ReportFile> {
  const target = resolve(workingFolder, name);
  const path = sanitise(target, 400);
  const form = formOf(name);
  const look = () => refuseForeignFile({ target, path, files });
  await look();
  const place = await openOwnedWrite(target, { files, processes });
  try {
    await rehearseWrite({ ...place, data: Buffer.alloc(rehearsalBytes) });
  } catch (error) {
    throw elsewhere(error);
  }
  return {
    path,
    form,
    write: async (seal) => {
      await look();
      await writeFileAtomically({ ...place, data: sealed(seal) });
    },
  };
}

/** The store's errors speak of the store's folder. */
function elsewhere(error: unknown): unknown {
  if (!(error instanceof OAuthLabError)) return error;
  const { kind, code, message } = error;
  const hint = "Name a file in a folder that exists and that you can write to.";
  return new OAuthLabError({ kind, code, message, hint });
}

function formOf(name: string): ReportForm {
  const end = extname(name).slice(1).toLowerCase();
  if (end === "md" || end === "html" || end === "har") return end;
  throw new OAuthLabError({
    kind: "usage",
    code: "report_form_unknown",
    message: "The name of the report does not say what it is to be.",
    hint: "End it in .md (Markdown), .html (a page to read and print) or .har (for a browser's developer tools).",
  });
}

async function refuseForeignFile({
  target,
  path,
  files,
}: {
  target: string;
  path: string;
  files: Context["files"];
}): Promise<void> {
  try {
    const stats = await files.lstat(target);
    const mayBeOurs = stats.isFile() && stats.size <= largestReportBytes;
    if (mayBeOurs && isUntouched(await files.readFile(target, "utf8"))) return;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw storeError(error, { doing: "look at", path });
  }
  throw new OAuthLabError({
    kind: "usage",
    code: "report_exists",
    message: `${path} is not a report of oauth-lab, or was changed since, so it was not replaced.`,
    hint: "Give the report another name, or move that file away.",
  });
}

const blank = "0".repeat(64);

/** The digest is that of the text in which it is not yet. */
function sealed(seal: (text: string) => string): string {
  const text = seal(`made by oauth-lab; sha256:${blank}`);
  return text.replace(mark, `made by oauth-lab; sha256:${digestOf(text)}`);
}

function isUntouched(text: string): boolean {
  const [found, digest] = mark.exec(text) ?? [];
  return (
    found !== undefined &&
    digestOf(text.replace(mark, found.replace(digest ?? "", blank))) === digest
  );
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
