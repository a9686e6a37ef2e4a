// B26: a process of another user on the same machine. It may find the listener's port, and guess the path: it gets nowhere without the state.
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createHome, startBuilt } from "../support/built.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";

const strangersCode = "4/strangers-code-5b0e9c2d7f813a46";

/** As root another user; where the tests run without such rights, another process. */
const stranger = process.getuid?.() === 0 ? { uid: 54_321, gid: 54_321, cwd: "/" } : { cwd: "/" };

/** What a process of the stranger's gets for a request, by bash's own sockets: any user may run that. */
async function askAsStranger({ hostname, port, host }: URL, target: string): Promise<string> {
  const script = `exec 3<>/dev/tcp/$1/$2 && printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n' "$4" "$3" >&3 && cat <&3`;
  const args = ["-c", script, "bash", hostname, port, host, target];
  return (await promisify(execFile)("bash", args, stranger)).stdout;
}

it.runIf(process.platform !== "win32")(
  "B26 another user's process that guesses port and path is turned away, and the login ends as it would have",
  async () => {
    const server = await startGoogleServer({ clientType: "desktop" });
    const home = await createHome();
    const redirect = { GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" };
    const env = { ...home.env, ...server.env, ...redirect };
    const run = await startBuilt(["login", "google", "--no-browser"], { env });
    const [address] = await run.stderr.until(/http\S+response_type=\S+/);
    await run.stderr.until(/Waiting on/);
    const { searchParams } = new URL(address);
    const listener = new URL(searchParams.get("redirect_uri") ?? "");
    const state = searchParams.get("state") ?? "";
    const near = `${state.slice(0, -1)}${state.endsWith("A") ? "B" : "A"}`;
    const code = `code=${encodeURIComponent(strangersCode)}`;
    for (const query of [
      code,
      `${code}&state=`,
      `${code}&state=${"A".repeat(43)}`,
      `${code}&state=${near}`,
      `${code}&state=${state.toLowerCase()}`,
      "error=access_denied",
      `error=access_denied&state=${near}`,
    ]) {
      const answer = await askAsStranger(listener, `${listener.pathname}?${query}`);
      expect(answer, query).toMatch(/^HTTP\/1\.1 400 .*Not the answer to this sign-in/s);
    }
    for (const path of ["/", "/done", "/callback", "/callback/github"])
      expect(await askAsStranger(listener, `${path}?${code}`), path).toMatch(/^HTTP\/1\.1 404 /);
    expect(run.process.exitCode).toBeNull();
    expect(await fs.readdir(home.storeFolder)).not.toContain("default@google.json");

    const { address: landing } = await signIn(address);
    const { code: exitCode, stdout, stderr } = await run.finished;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).not.toContain("strangers-code");
    const exchanged = server.requests.filter(({ path }) => path === "/token");
    expect(exchanged.map(({ form }) => form.get("code"))).toEqual([
      landing.searchParams.get("code"),
    ]);
    const stored = JSON.parse(
      await fs.readFile(join(home.storeFolder, "default@google.json"), "utf8"),
    );
    expect(server.issued).toContain(stored.access_token);
  },
);
