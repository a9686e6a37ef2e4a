// The built program in a script's bad hour: a signal while a token is on its way, two jobs at once, a home that cannot be written.
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { fileNameOf } from "../../src/credentials/credential-file.ts";
import { formatRecord } from "../../src/credentials/record.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { buildProgram, createHome, startBuilt } from "../support/built.ts";
import { startProviderServer } from "../support/provider-server.ts";
import { itWith } from "../support/real-program.ts";

beforeAll(buildProgram, 60_000);

const fresh = { access_token: "fresh-at-0123456789", refresh_token: "next-rt-0123456789" };

/** A home with a token of `lab` that has ended, unless told otherwise, and a server that answers its refresh when it is told to. */
async function startLab(expiresAt = 1) {
  let answer = () => {};
  const told = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let arrived = () => {};
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const respond = async () => {
    arrived();
    await told;
    return { body: { ...fresh, token_type: "bearer", expires_in: 3600 } };
  };
  const server = await startProviderServer(() => ({ "POST /token": { name: "token", respond } }));
  const home = await createHome();
  const credential = sampleCredential("old", {
    provider: "lab",
    expiresAt,
    refreshExpiresAt: 4_102_444_800_000,
    binding: {
      issuer: server.url,
      tokenEndpoint: `${server.url}/token`,
      clientId: "lab-client",
      origins: [server.url],
    },
  });
  const path = join(home.storeFolder, fileNameOf(credential));
  await fs.writeFile(path, formatRecord(credential), { mode: 0o600 });
  const env = {
    ...home.env,
    LAB_TOKEN_ENDPOINT: `${server.url}/token`,
    LAB_CLIENT_ID: "lab-client",
  };
  const storedRefreshToken = async () =>
    JSON.parse(await fs.readFile(path, "utf8")).refresh_token as string;
  return { server, asked, answer, env, home, credential, storedRefreshToken };
}

type Lab = Awaited<ReturnType<typeof startLab>>;

describe("H10 a signal while the provider answers a refresh", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "%s waits for the new refresh token, saves it, and ends with %i",
    async (signal, code) => {
      const lab = await startLab();
      const run = await startBuilt(["token", "lab"], { env: lab.env });
      await lab.asked;
      run.process.kill(signal);
      // Until the signal has come through the other process's event loop; an answer before it would be printed.
      await setTimeout(50);
      lab.answer();
      expect(await run.finished).toMatchObject({ code, signal: null, stdout: "" });
      expect(await lab.storedRefreshToken()).toBe(fresh.refresh_token);
    },
  );

  it("ends at once on the second one", async () => {
    const lab = await startLab();
    const run = await startBuilt(["token", "lab"], { env: lab.env });
    await lab.asked;
    run.process.kill("SIGINT");
    await setTimeout(50);
    run.process.kill("SIGTERM");
    expect(await run.finished).toMatchObject({ code: 143, stdout: "" });
    lab.answer();
  });
});

it("two jobs at once share one refresh", async () => {
  const lab = await startLab();
  const runs = await Promise.all([1, 2].map(() => startBuilt(["token", "lab"], { env: lab.env })));
  await lab.asked;
  lab.answer();
  for (const { finished } of runs) {
    expect(await finished).toMatchObject({
      code: 0,
      stdout: `${fresh.access_token}\n`,
      stderr: "",
    });
  }
  expect(lab.server.requests).toHaveLength(1);
});

describe("in a home on a read-only file system", () => {
  const itWithMounts = itWith("unshare", ["--mount", "true"]);

  /** Runs the built program where its home is mounted read-only, which binds root too. */
  async function runReadOnly(args: readonly string[], { home, env }: Lab) {
    const script = `mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"`;
    const program = [process.execPath, await buildProgram(), ...args];
    const line = ["--mount", "sh", "-c", script, home.storeFolder, ...program];
    return new Promise<{ code: number | string; stderr: string; stdout: string }>((resolve) => {
      const options = { cwd: home.workingFolder, env };
      execFile("unshare", line, options, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });
  }

  itWithMounts("a token that is good is printed", async () => {
    const lab = await startLab(4_102_444_800_000);
    const stdout = `${lab.credential.accessToken.reveal()}\n`;
    expect(await runReadOnly(["token", "lab"], lab)).toEqual({ code: 0, stdout, stderr: "" });
  });

  itWithMounts("a refresh token is not spent", async () => {
    const lab = await startLab();
    const run = await runReadOnly(["token", "lab"], lab);
    expect(run).toMatchObject({ code: 8, stdout: "" });
    expect(run.stderr).toMatch(/^Error: .*EROFS.*\n {2}.+\n$/);
    expect(lab.server.requests).toEqual([]);
  });
});
