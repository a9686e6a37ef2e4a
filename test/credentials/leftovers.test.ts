// What a run that was killed in the middle of writing leaves outside the store: the next one that writes the file deletes it.
import * as fs from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatOwner } from "../../src/credentials/lock-owner.ts";
import { openProcesses } from "../../src/credentials/processes.ts";
import { writeEnv } from "../../src/env-writing.ts";
import { play, startSandboxScene } from "../commands/scene.ts";
import type { TestContext } from "../support/context.ts";

/** The name that a temporary file of this target has: of a run that was killed, or with the same number as a running one. */
async function temporaryOf(target: string, { killed }: { killed: boolean }): Promise<string> {
  const self = await openProcesses(process).identify();
  const owner = formatOwner(killed ? { ...self, startedAt: "1" } : self);
  return `${target}.${owner}.0123456789abcdef.tmp`;
}

async function expectSwept(path: string, write: () => Promise<void>): Promise<void> {
  const folder = join(path, "..");
  const orphan = await temporaryOf(path, { killed: true });
  const kept = [
    await temporaryOf(path, { killed: false }),
    await temporaryOf(`${path}.other`, { killed: true }),
    `${path}.tmp`,
  ];
  for (const name of [orphan, ...kept]) await fs.writeFile(name, "half of a sec");
  await write();
  const names = await fs.readdir(folder);
  expect(names).toEqual(expect.arrayContaining([path, ...kept].map((name) => basename(name))));
  expect(names).not.toContain(basename(orphan));
  expect(names.filter((name) => name.endsWith(".tmp"))).toHaveLength(kept.length);
}

async function signedIn(): Promise<TestContext> {
  const { context } = await startSandboxScene();
  expect((await play(context, "login sandbox --offline --quiet")).exitCode).toBe(0);
  return context;
}

describe("the temporary file of a killed run goes", () => {
  it("when a token is written to the same file", async () => {
    const context = await signedIn();
    const path = join(context.workingFolder, "token.txt");
    await expectSwept(path, async () => {
      expect((await play(context, "token sandbox --output token.txt")).exitCode).toBe(0);
    });
    await fs.rm(path);
  });

  it("when a report is written to the same file", async () => {
    const context = await signedIn();
    await expectSwept(join(context.workingFolder, "run.md"), async () => {
      expect((await play(context, "whoami sandbox --report run.md")).exitCode).toBe(0);
    });
  });

  it("when settings are written to the same .env", async () => {
    const { workingFolder: home, ...context } = await signedIn();
    const path = join(home, ".env");
    await expectSwept(path, () =>
      writeEnv(
        path,
        { title: "Lab", entries: [["LAB_CLIENT_ID", "c"]], home: "/nowhere" },
        context,
      ),
    );
  });

  it("and nothing is said where the folder cannot be listed", async () => {
    const context = await signedIn();
    const files = { ...context.files, readdir: () => Promise.reject(new Error("EACCES")) };
    const path = join(context.workingFolder, ".env");
    const entries = [["LAB_CLIENT_ID", "c"]] as const;
    await writeEnv(path, { title: "Lab", entries, home: "/nowhere" }, { ...context, files });
    expect(await fs.readFile(path, "utf8")).toContain("LAB_CLIENT_ID=c");
  });
});
