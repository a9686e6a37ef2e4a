import * as fs from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createHome, runBuilt, startBuilt } from "./built.ts";
import { openTerminal } from "./terminal.ts";

const echo = `
process.stdin.setRawMode(true);
process.stdout.write("\\u001b[32mready\\u001b[0m " + process.stdout.columns);
process.stdin.on("data", (keys) => {
  process.stdout.write("<" + JSON.stringify(String(keys)) + ">");
  if (keys.includes(3)) process.exit(7);
});`;

it("drives a program in a real terminal: keys, pastes, size, exit code", async () => {
  const { folder } = await createHome();
  const program = join(folder, "echo.cjs");
  await fs.writeFile(program, echo);
  const terminal = await openTerminal([], { cols: 71 }, program);
  await terminal.until(/ready 71/);
  expect(terminal.raw()).toContain("\u001b[32mready");
  terminal.paste("x".repeat(6000));
  await terminal.until(/\[201~/);
  terminal.write("\u0003");
  expect(await terminal.exit).toEqual({ code: 7, signal: 0 });
  const pasted = terminal.screen().replace(/[^x]/g, "");
  expect(pasted).toHaveLength(6000);
});

it("gives a run nothing of this process's environment but PATH", async () => {
  const { env } = await createHome();
  expect(Object.keys(env).sort()).toEqual(["HOME", "OAUTH_LAB_HOME", "OAUTH_LAB_STORE", "PATH"]);
});

it("runs the built program and keeps its streams apart", async () => {
  const { code, stdout, stderr } = await runBuilt(["--version"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it("follows a run under way, and lets a signal end it", async () => {
  const run = await startBuilt(["sandbox", "--port", "0"]);
  await run.stdout.until(/http:\/\/127\.0\.0\.1:\d+/);
  run.process.kill("SIGTERM");
  expect(await run.finished).toMatchObject({ code: 0, signal: null });
});
