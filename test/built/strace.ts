// The built program under strace: what the kernel was asked for, call by call, while an expired token is renewed at a server that answers.
import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { storeTokens } from "../commands/faulty-provider.ts";
import { buildProgram } from "../support/built.ts";
import { createTestContext } from "../support/context.ts";
import { startFaultServer } from "../support/fault-server.ts";
import { jsonAnswer } from "../support/faults.ts";

export interface StraceOptions {
  /** The token endpoint's answer. */
  readonly answer: object;
  /** strace's own options. */
  readonly options: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs it to its end; a line of the log is a call of any of its processes. Throws where it fails. */
export async function traceBuilt(
  args: readonly string[],
  { answer, options, env }: StraceOptions,
): Promise<{ stdout: string; calls: string[] }> {
  const server = await startFaultServer(jsonAnswer(answer));
  const context = await createTestContext();
  await storeTokens({ server, context });
  const log = join(context.homeFolder, "strace.log");
  const program = [process.execPath, await buildProgram(), ...args];
  const { stdout } = await promisify(execFile)(
    "strace",
    ["-f", ...options, "-o", log, ...program],
    {
      cwd: context.workingFolder,
      env: {
        PATH: process.env.PATH,
        HOME: context.homeFolder,
        OAUTH_LAB_HOME: context.storeFolder,
        OAUTH_LAB_STORE: "file",
        FAULTY_TOKEN_ENDPOINT: `${server.url}/token`,
        FAULTY_CLIENT_ID: "faulty-client",
        ...env,
      },
    },
  );
  const calls = (await readFile(log, "utf8")).split("\n");
  // It holds what the tests look for, and must not be taken for a leak.
  await rm(log);
  return { stdout, calls };
}
