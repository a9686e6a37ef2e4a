// Debian's tinyproxy: a real proxy that wants a user name and a password.
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "../credentials/temporary-folder.ts";

/** The user and the password that it takes. */
export const proxyUser = { name: "lab", password: "proxy-pass-61c7a2f0" } as const;

/** Starts it; gives its `host:port`, and what it wrote into its log. Ends with the test. */
export async function startTinyproxy(): Promise<{ host: string; readLog(): Promise<string> }> {
  const folder = await temporaryFolder();
  const [port, log, file] = [await freePort(), join(folder, "log"), join(folder, "conf")];
  const lines = [
    `Port ${port}`,
    "Listen 127.0.0.1",
    "Timeout 20",
    `LogFile "${log}"`,
    "LogLevel Connect",
    `BasicAuth ${proxyUser.name} ${proxyUser.password}`,
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const child = spawn("tinyproxy", ["-d", "-c", file], { stdio: "ignore" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error("tinyproxy did not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { host: `127.0.0.1:${port}`, readLog: () => readFile(log, "utf8") };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port }, () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** A port that nobody listens on, for a program that cannot take any free one by itself. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
