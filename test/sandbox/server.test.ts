import { once } from "node:events";
import * as files from "node:fs/promises";
import { request } from "node:http";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";

const options = { port: 0, context: { files } };

/** The status of a GET with these headers, which fetch would not send. */
async function get(address: string, headers: Record<string, string>): Promise<number | undefined> {
  const sent = request(address, { headers }).end();
  const [response] = await once(sent, "response");
  response.resume();
  return response.statusCode;
}

/** Breaks a request off in the middle of its body. */
async function breakOff(address: string): Promise<void> {
  const type = "application/x-www-form-urlencoded";
  const headers = { "content-length": 100, "content-type": type, expect: "100-continue" };
  const sent = request(address, { method: "POST", headers });
  const closed = new Promise((resolve) => sent.on("error", () => {}).on("close", resolve));
  sent.flushHeaders();
  await once(sent, "continue");
  sent.socket?.resetAndDestroy();
  await closed;
  // The server learns of it in its own time; nothing that can be asked tells when.
  await new Promise((resolve) => setTimeout(resolve, 30));
}

afterEach(() => {
  vi.restoreAllMocks();
});

// First, while oidc-provider is not loaded yet: it would print on being loaded.
it("the sandbox prints nothing, neither on loading nor on starting nor on a failure", async () => {
  const spies = [
    ...(["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name)),
    vi.spyOn(process.stdout, "write"),
    vi.spyOn(process.stderr, "write"),
  ];
  const { startSandbox } = await import("../../src/sandbox/server.ts");
  const { logIn, refresh, authorizationUrl } = await import("./lab.ts");
  const debug = createRequire(createRequire(import.meta.url).resolve("oidc-provider"))("debug");
  debug.enable("*");
  const sandbox = await startSandbox(options);
  const { refreshToken } = await logIn(sandbox);
  await refresh(sandbox, "no such token");
  await refresh(sandbox, refreshToken);
  await fetch(authorizationUrl(sandbox, { client_id: "nobody" }));
  await breakOff(`${sandbox.issuer}/token`);
  await sandbox.close();
  expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);

  debug("another-program")("still prints");
  debug.disable();
  expect(String(spies.at(-1)?.mock.calls[0]?.[0])).toContain("still prints");
});

describe("the server", () => {
  it("names the port when it is in use", async () => {
    const { start } = await import("./lab.ts");
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({
      kind: "usage",
      code: "port_in_use",
      message: `Port ${port} of 127.0.0.1 is in use.`,
    });
  });

  it("N03 answers to no other name than its own address (DNS rebinding)", async () => {
    const { start } = await import("./lab.ts");
    const { issuer, port } = await start();
    expect(await get(issuer, { host: `127.0.0.1:${port}` })).toBe(200);
    for (const host of ["evil.example", `evil.example:${port}`, `localhost:${port}`, "127.0.0.1"]) {
      expect(await get(`${issuer}/.well-known/openid-configuration`, { host }), host).toBe(421);
    }
  });

  it.runIf(process.platform === "linux")("N01 listens on 127.0.0.1 alone", async () => {
    const { start } = await import("./lab.ts");
    const { port } = await start();
    const socket = connect({ host: "127.0.0.2", port });
    const [error] = await once(socket, "error");
    expect(error.code).toBe("ECONNREFUSED");
  });

  it("refuses a body larger than any request of OAuth before it is sent", async () => {
    const { start } = await import("./lab.ts");
    const { issuer } = await start();
    const sent = request(`${issuer}/token`, {
      method: "POST",
      headers: { "content-length": 1e9, "content-type": "application/x-www-form-urlencoded" },
    });
    sent.on("error", () => {});
    sent.write("grant_type=");
    const [response] = await once(sent, "response");
    expect(response.statusCode).toBe(413);
    sent.destroy();
  });

  it.each([
    ["is answered once it is open", undefined],
    ["is cut off when it cannot be opened", "EACCES"],
  ])("a request that comes while the state is being opened %s", async (_name, failure) => {
    const { start } = await import("./lab.ts");
    const { issuer, port, close } = await start();
    await close();
    const readFile = async () => {
      const asked = fetch(issuer).then(({ status }) => status);
      const answered = await Promise.race([
        asked,
        new Promise((resolve) => setTimeout(resolve, 30)),
      ]);
      expect(answered).toBeUndefined();
      answer = asked.catch(() => "cut off");
      throw Object.assign(new Error("no"), { code: failure ?? "ENOENT" });
    };
    let answer: Promise<number | string> | undefined;
    const slow = { ...files, readFile } as unknown as typeof files;
    const folder = await files.mkdtemp(join(tmpdir(), "sandbox-"));
    const starting = start({ port, stateFile: join(folder, "s.json"), context: { files: slow } });
    await starting.catch(() => {});
    expect(await answer).toBe(failure === undefined ? 200 : "cut off");
    await files.rm(folder, { recursive: true });
  });

  it("takes no more than 256 connections at once", async () => {
    const { start } = await import("./lab.ts");
    const { port } = await start();
    const sockets = Array.from({ length: 260 }, () => connect({ host: "127.0.0.1", port }));
    const closed = new Set<number>();
    await new Promise<void>((resolve) => {
      for (const [index, socket] of sockets.entries()) {
        socket.on("error", () => {});
        socket.on("close", () => closed.add(index).size === 4 && resolve());
      }
    });
    for (const socket of sockets) socket.destroy();
  });

  it("N07 ends although connections are open, and frees the port", async () => {
    const { start } = await import("./lab.ts");
    const sandbox = await start();
    const silent = connect({ host: "127.0.0.1", port: sandbox.port });
    await once(silent, "connect");
    await fetch(sandbox.issuer);
    await Promise.all([sandbox.close(), once(silent, "close")]);
    await start({ port: sandbox.port });
    await sandbox.close();
  });
});
