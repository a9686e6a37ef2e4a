// Whether an .env of the current folder is fit for a secret: nobody else can write there, and git would not take it.
import { join } from "node:path";
import type { Context } from "../context.ts";
import { statIfAny } from "../credentials/folder.ts";
import { whyGitMightTakeIt } from "./git-repository.ts";

/** Why the current folder is not fit; undefined where it is. */
export async function whyNotHere({
  workingFolder,
  files,
  userId,
}: Pick<Context, "workingFolder" | "files" | "userId">): Promise<string | undefined> {
  const folder = await statIfAny(workingFolder, files);
  if (folder === undefined || (userId !== undefined && folder.uid !== userId)) {
    return "this folder is not yours";
  }
  if (userId !== undefined && (folder.mode & 0o022) !== 0) return "others can write in this folder";
  const file = await statIfAny(join(workingFolder, ".env"), files);
  if (file !== undefined && (!file.isFile() || (userId !== undefined && file.uid !== userId))) {
    return "its .env is a link, or not yours";
  }
  return whyGitMightTakeIt(workingFolder, files);
}
