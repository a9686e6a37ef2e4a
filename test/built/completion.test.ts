// The completion scripts in the real shells: a person types, presses Tab, and the line is completed.
import { execFileSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";
import { beforeAll, expect, onTestFinished } from "vitest";
import { buildProgram, createHome, runBuilt } from "../support/built.ts";
import { itWith } from "../support/real-program.ts";
import { RecordedOutput } from "../support/streams.ts";

beforeAll(buildProgram, 60_000);

/** A home where `oauth-lab` is on the path, IDP is configured and has a profile `work`, and a shell's script lies. */
async function createShellHome(shell: string) {
  const { folder, storeFolder, workingFolder, env } = await createHome();
  const program = join(folder, "oauth-lab");
  await writeFile(
    program,
    `#!/bin/sh\nexec '${process.execPath}' '${await buildProgram()}' "$@"\n`,
  );
  await chmod(program, 0o755);
  const path = `${folder}:${env.PATH}`;
  const { code, stdout, stderr } = await runBuilt(["completion", shell]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  // Its name is all that is read of it.
  await writeFile(join(storeFolder, "work@idp.json"), "");
  const script = join(folder, `completion.${shell}`);
  await writeFile(script, stdout);
  const shellEnv = { ...env, PATH: path, IDP_ISSUER: "https://idp.example", TERM: "dumb" };
  return { env: shellEnv, cwd: workingFolder, script };
}

/** Types a line at a shell in a terminal, with Tab at its end; resolves once the line reads as it should. */
async function typeTab(
  shell: readonly [string, ...string[]],
  { env, cwd, setup }: { env: Record<string, string>; cwd: string; setup: string },
  lines: readonly (readonly [typed: string, completed: string])[],
): Promise<void> {
  const [program, ...args] = shell;
  const terminal = spawn(program, args, { cols: 200, rows: 50, env, cwd });
  onTestFinished(() => terminal.kill("SIGKILL"));
  const shown = new RecordedOutput({ isTTY: true, columns: 200 });
  terminal.onData((data) => shown.write(stripVTControlCharacters(data)));
  terminal.write(`${setup}; echo re''ady\r`);
  await shown.until(/ready\r?\n/);
  for (const [typed, completed] of lines) {
    shown.text = "";
    terminal.write(`${typed}\t`);
    await shown.until(new RegExp(completed));
    terminal.write("\u0015");
  }
  // Keys are taken in their order: what the last Tab did has been done by then.
  terminal.write("echo do''ne\r");
  await shown.until(/done\r?\n/);
}

const lines = [
  ["oauth-lab tok", "oauth-lab token "],
  ["oauth-lab token id", "oauth-lab token idp "],
  ["oauth-lab token --form", "oauth-lab token --format "],
  ["oauth-lab token --profile wo", "oauth-lab token --profile work "],
  ["oauth-lab completion fi", "oauth-lab completion fish "],
  ["oauth-lab token '$(touch pwned)", "pwned"],
] as const;

itWith("bash")(
  "bash completes commands, providers, profiles and options",
  { timeout: 30_000 },
  async () => {
    const { script, ...home } = await createShellHome("bash");
    const shell = ["bash", "--norc", "--noprofile", "-i"] as const;
    await typeTab(shell, { ...home, setup: `source ${script}` }, lines);
    expect(execFileSync("ls", [home.cwd], { encoding: "utf8" })).toBe("");
  },
);

itWith("zsh")(
  "zsh completes commands, providers, profiles and options",
  { timeout: 30_000 },
  async () => {
    const { script, ...home } = await createShellHome("zsh");
    const setup = `autoload -Uz compinit; compinit -u -D; source ${script}`;
    await typeTab(["zsh", "-f", "-i"], { ...home, setup }, lines);
    expect(execFileSync("ls", [home.cwd], { encoding: "utf8" })).toBe("");
  },
);

itWith("fish")(
  "fish completes commands, providers, profiles and options",
  { timeout: 30_000 },
  async () => {
    const { script, env, cwd } = await createShellHome("fish");
    const ask = (line: string) =>
      execFileSync("fish", ["--no-config", "-c", `source ${script}; complete -C '${line}'`], {
        env,
        cwd,
        encoding: "utf8",
      });
    expect(ask("oauth-lab tok")).toBe(
      "token\tprint a valid access token, refreshing it first if needed\n",
    );
    expect(ask("oauth-lab token id")).toBe("idp\n");
    expect(ask("oauth-lab token --form")).toContain("--format\thow the token is printed");
    expect(ask("oauth-lab token --profile wo")).toBe("work\n");
    expect(ask("oauth-lab completion ")).toBe("bash\nfish\npowershell\nzsh\n");
  },
);
