// The built program before a person: a real pseudo-terminal, its raw mode, its paste, its signals.
import * as fs from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { createHome, runBuilt } from "../support/built.ts";
import { signIn } from "../support/sign-in.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";

async function openLogin(...args: string[]) {
  const sandbox = await startSandbox({ port: 0, context: { files: fs } });
  onTestFinished(() => sandbox.close());
  const home = await createHome();
  const env = { ...home.env, SANDBOX_ISSUER: sandbox.issuer };
  // Wide enough for the address to stand on one line.
  const options = { env, cwd: home.workingFolder, cols: 1000 };
  const terminal = await openTerminal(["login", "sandbox", "--no-browser", ...args], options);
  const [authorization] = await terminal.until(/http\S+response_type=\S+/);
  await terminal.until(/ > $/);
  return { terminal, authorization, home, env };
}

/** How bracketed paste was switched on (h) and off (l), in order. */
function pasteModes(terminal: Terminal): string[] {
  return terminal.raw().match(/\[\?2004[hl]/g) ?? [];
}

describe("login in a terminal", () => {
  it("takes a bracketed paste of 6,000 characters whole", async () => {
    const { terminal, authorization, env, home } = await openLogin("--paste");
    const { address } = await signIn(authorization);
    address.searchParams.set("ignored", "x".repeat(6000 - address.href.length - 9));
    expect(address.href).toHaveLength(6000);
    terminal.paste(address.href);
    await terminal.until(/\(6000 characters\)/);
    terminal.write("\r");
    expect(await terminal.exit).toMatchObject({ code: 0 });
    expect(terminal.screen()).toContain("Signed in to sandbox as ada (Ada Lovelace).");
    expect(pasteModes(terminal)).toEqual(["[?2004h", "[?2004l"]);
    const token = await runBuilt(["token"], { env, cwd: home.workingFolder });
    expect(token.stdout).toMatch(/^sandbox_/);
    expect(terminal.raw()).not.toContain(token.stdout.trim());
  });

  it("goes on after a wrong paste", async () => {
    const { terminal, authorization } = await openLogin("--paste");
    terminal.write("nonsense\r");
    await terminal.until(/Refused, still waiting/);
    const { address } = await signIn(authorization);
    terminal.paste(address.href);
    terminal.write("\r");
    expect(await terminal.exit).toMatchObject({ code: 0 });
  });

  it("stops the prompt when the browser answers first", async () => {
    const { terminal, authorization } = await openLogin();
    const { page } = await signIn(authorization);
    expect(page?.html).toContain("You are signed in");
    expect(await terminal.exit).toMatchObject({ code: 0 });
    expect(pasteModes(terminal).at(-1)).toBe("[?2004l");
  });

  it("ends with 130 on the Ctrl-C key, and gives the terminal back", async () => {
    const { terminal } = await openLogin();
    terminal.write("\u0003");
    expect(await terminal.exit).toMatchObject({ code: 130 });
    expect(pasteModes(terminal)).toEqual(["[?2004h", "[?2004l"]);
    expect(terminal.screen()).toContain("Interrupted.");
  });

  it("ends with 143 on SIGTERM, and gives the terminal back", async () => {
    const { terminal } = await openLogin();
    process.kill(terminal.pid, "SIGTERM");
    expect(await terminal.exit).toMatchObject({ code: 143 });
    expect(pasteModes(terminal).at(-1)).toBe("[?2004l");
  });

  it("I18 colours what a person reads, unless NO_COLOR is set", async () => {
    const { terminal } = await openLogin();
    expect(terminal.raw()).toContain("\u001b[1mStep 1");
    terminal.write("\u0003");
    await terminal.exit;
    const home = await createHome();
    const plain = await openTerminal(["status"], { env: { ...home.env, NO_COLOR: "1" } });
    expect(await plain.exit).toMatchObject({ code: 0 });
    expect(plain.raw()).not.toContain("\u001b[");
  });
});

describe("alone in a terminal", () => {
  it("ends with 130 on the Ctrl-C key at the secret, writes nothing, and gives the terminal back", async () => {
    const home = await createHome();
    const terminal = await openTerminal([], { env: home.env, cwd: home.workingFolder });
    await terminal.until(/q to leave\): $/);
    terminal.write("3\r");
    await terminal.until(/n for no: $/);
    terminal.write("n\r");
    await terminal.until(/Client ID: $/);
    terminal.write("Ov23liABCDEF\r");
    await terminal.until(/Client secret: $/);
    terminal.paste("not-really-a-secret");
    await terminal.until(/\(19 characters, not shown\)$/);
    terminal.write("\u0003");
    expect(await terminal.exit).toMatchObject({ code: 130 });
    expect(terminal.raw()).not.toContain("not-really-a-secret");
    expect(pasteModes(terminal).at(-1)).toBe("[?2004l");
    expect(await fs.readdir(home.workingFolder)).toEqual([]);
  });

  it("leaves on Ctrl-D", async () => {
    const terminal = await openTerminal([]);
    await terminal.until(/q to leave\): $/);
    terminal.write("\u0004");
    expect(await terminal.exit).toMatchObject({ code: 0 });
    expect(pasteModes(terminal).at(-1)).toBe("[?2004l");
  });
});
