// What the programs that we start can be seen to know: the command line and the environment of each, as the kernel got them.

import { beforeAll, expect } from "vitest";
import { buildProgram } from "../support/built.ts";
import { itWith } from "../support/real-program.ts";
import { traceBuilt } from "./strace.ts";

beforeAll(buildProgram, 60_000);

const given = "children-given-rt-3b7e0d94a6c25f18";
const clientSecret = "children-secret-0b1f7c39d2e84a65";
const passphrase = "children-passphrase-5d2c8e1f7b3a";
const fresh = {
  access_token: "children-at-91e4b07d5c2f8a36",
  refresh_token: "children-rt-6c1e84f09b7d2a35",
  token_type: "bearer",
  expires_in: 3600,
};

/** Runs the built program, and gives its output and each program that it started: the call that started it, whole. */
async function traceChildren(args: readonly string[], configuration: Record<string, string>) {
  const { stdout, calls } = await traceBuilt(args, {
    answer: fresh,
    options: ["-v", "-s", "65536", "-e", "trace=execve"],
    env: {
      FAULTY_CLIENT_SECRET: clientSecret,
      OAUTH_LAB_PASSPHRASE: passphrase,
      ...configuration,
    },
  });
  return { stdout, children: calls.filter((call) => call.includes("execve(")).slice(1) };
}

const itWithStrace = itWith("strace");

itWithStrace(
  "J06 a command with a token is given that one secret, in its environment",
  async () => {
    const { children } = await traceChildren(["exec", "faulty", "--", "true"], {});
    expect(children.length).toBeGreaterThan(0);
    const seen = children.join("\n");
    expect(seen).toContain(`FAULTY_ACCESS_TOKEN=${fresh.access_token}`);
    for (const secret of [fresh.refresh_token, clientSecret, passphrase, "stored-rt-"])
      expect(seen).not.toContain(secret);
    for (const call of children) expect(call.split("[")[1]).not.toContain(fresh.access_token);
  },
);

itWithStrace(
  "J06 the command that takes a new refresh token gets it on stdin, and no secret else",
  async () => {
    const args = ["token", "faulty", "--rotate-to", "cat >&2"];
    const { stdout, children } = await traceChildren(args, { FAULTY_REFRESH_TOKEN: given });
    expect(stdout).toBe(`${fresh.access_token}\n`);
    expect(children.length).toBeGreaterThan(0);
    const seen = children.join("\n");
    const { access_token, refresh_token } = fresh;
    for (const secret of [access_token, refresh_token, given, clientSecret, passphrase])
      expect(seen).not.toContain(secret);
  },
);
