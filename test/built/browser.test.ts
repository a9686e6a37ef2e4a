// What a browser that we start can be seen to know: its command line and environment as the kernel has them, at a login in a terminal.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createHome } from "../support/built.ts";
import { openTerminal } from "../support/terminal.ts";
import { whenWritten } from "../support/when-written.ts";

const secrets = {
  GITHUB_CLIENT_SECRET: "browser-secret-7d21c5e0b94f8a36",
  GOOGLE_REFRESH_TOKEN: "browser-rt-1f6b3d9270ce58a4",
  OAUTH_LAB_PASSPHRASE: "browser-passphrase-e5208b7a",
  AWS_SECRET_ACCESS_KEY: "browser-aws-0c94a1f37d6e2b58",
};

/** A `BROWSER` that copies what the kernel shows of it, whole, to where the test looks. */
async function createBrowser(): Promise<{ program: string; seen: string }> {
  const { folder } = await createHome();
  const [program, seen] = [join(folder, "browser"), join(folder, "seen")];
  const script = `#!/bin/sh
cat /proc/$$/cmdline /proc/$$/environ | tr '\\0' '\\n' >${seen}.part && mv ${seen}.part ${seen}
`;
  await fs.writeFile(program, script, { mode: 0o755 });
  return { program, seen };
}

it.runIf(process.platform === "linux")(
  "J06 J07 the browser is shown the address with its state, and neither the verifier nor a secret",
  async () => {
    const { program, seen } = await createBrowser();
    const env = {
      ...secrets,
      GITHUB_CLIENT_ID: "browser-client",
      GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github",
      BROWSER: program,
    };
    const terminal = await openTerminal(["login", "github"], { env });
    await terminal.until(/Or paste the address/);
    const told = await whenWritten(seen);
    terminal.write("\u0003");
    expect(await terminal.exit).toMatchObject({ code: 130 });
    const address = new URL(/^https:\/\/github\.com\/.*$/m.exec(told)?.[0] ?? "");
    expect([...address.searchParams.keys()].sort()).toEqual([
      ...["client_id", "code_challenge", "code_challenge_method", "redirect_uri"],
      ...["response_type", "scope", "state"],
    ]);
    expect(told).not.toContain("verifier");
    for (const [name, secret] of Object.entries(secrets)) {
      expect(told).not.toContain(secret);
      expect(told).not.toContain(`${name}=`);
    }
  },
);
