// The git commands of docs/git.md, run as they stand by the real git, with the built program as `oauth-lab`.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect } from "vitest";
import { fileNameOf } from "../../src/credentials/credential-file.ts";
import { formatRecord } from "../../src/credentials/record.ts";
import { Secret } from "../../src/secret.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { buildProgram, createHome } from "../support/built.ts";
import { itWith } from "../support/real-program.ts";
import { readDocument } from "./documents.ts";

beforeAll(buildProgram, 60_000);

itWith("git")("docs/git.md sets git up so that each address gets its account's token", async () => {
  const { folder, storeFolder, env } = await createHome();
  const bin = join(folder, "bin");
  await fs.mkdir(bin);
  const program = `#!/bin/sh\nexec '${process.execPath}' '${await buildProgram()}' "$@"\n`;
  await fs.writeFile(join(bin, "oauth-lab"), program, { mode: 0o755 });
  for (const profile of ["default", "work"]) {
    const sample = sampleCredential(profile, { provider: "github", profile, expiresAt: 4e12 });
    const binding = { ...sample.binding, origins: ["https://github.com"] };
    const credential = { ...sample, binding, accessToken: new Secret(`token-of-${profile}`) };
    const path = join(storeFolder, fileNameOf(credential));
    await fs.writeFile(path, formatRecord(credential), { mode: 0o600 });
  }
  const blocks = [...readDocument("docs/git.md").matchAll(/^```sh\n([\s\S]*?)^```/gm)];
  const lines = blocks
    .flatMap(([, code = ""]) => code.split("\n"))
    .filter((line) => /\bgit (config|credential) /.test(line));
  const script = [
    "set -eu",
    ...lines,
    "echo url=https://github.com/work-org/x | git credential fill",
  ];
  const stdout = execFileSync("bash", ["-c", script.join("\n")], {
    env: { ...env, PATH: `${bin}:${env.PATH}`, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" },
    encoding: "utf8",
  });
  expect(lines).toHaveLength(5);
  expect(stdout.match(/^password=.*$/gm)).toEqual([
    "password=token-of-default",
    "password=token-of-work",
  ]);
});
