// Whether a sandbox that runs for long stays small: node bench/logins.mjs [number of logins]. Signs in as a browser does, over
// its pages, and prints the memory of the built program's process and the size of its state file on the way. Wants /proc.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { makeHome, withFolder } from "./scene.mjs";

const logins = Number(process.argv[2] ?? 10_000);
const outfile = resolve("node_modules/.torture/bench-browser.mjs");
await build({
  stdin: {
    contents: `
      export { FormBrowser } from "./src/lab/form-browser.ts";
      export { sandboxClientId } from "./src/sandbox/clients.ts";`,
    resolveDir: ".",
  },
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
});
const { FormBrowser, sandboxClientId } = await import(outfile);

const verifier = "a-verifier-of-forty-three-characters-or-more";
const redirectUri = "http://127.0.0.1:54321/callback/sandbox";
const client = { client_id: sandboxClientId, redirect_uri: redirectUri };

/** One login to its end, with a new browser: authorization, sign-in, consent, exchange. */
async function logIn(issuer) {
  const request = new URLSearchParams({
    ...client,
    response_type: "code",
    scope: "openid profile email offline_access",
    prompt: "consent",
    state: "state",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const answer = await new FormBrowser().approve(`${issuer}/auth?${request}`, "ada");
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      ...client,
      grant_type: "authorization_code",
      code: answer.searchParams.get("code") ?? "",
      code_verifier: verifier,
    }),
  });
  const { refresh_token } = await response.json();
  if (refresh_token === undefined) throw new Error(`a login failed: ${response.status}`);
}

/** The sandbox keeps no state on port 0, so a port has to be chosen for it. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

await withFolder(async (folder) => {
  const home = await makeHome(join(folder, "home"), { count: 0 });
  const port = await freePort();
  const sandbox = spawn(process.execPath, ["dist/main.js", "sandbox", "--port", String(port)], {
    env: home.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const issuer = String(await once(sandbox.stdout, "data")).trim();
    const tell = async (done) => {
      const status = await readFile(`/proc/${sandbox.pid}/status`, "utf8");
      const mebibytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
      const { size } = await stat(join(home.env.OAUTH_LAB_HOME, "sandbox", `${port}.json`));
      process.stdout.write(
        `${done} logins: ${mebibytes.toFixed(0)} MiB, state file ${(size / 1000).toFixed(0)} kB\n`,
      );
    };
    await tell(0);
    for (let done = 1; done <= logins; done += 1) {
      await logIn(issuer);
      if (done === 1000 || done % 5000 === 0 || done === logins) await tell(done);
    }
  } finally {
    sandbox.kill("SIGTERM");
  }
});
