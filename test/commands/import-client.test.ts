// providers google --import: Google's download becomes settings that only their owner can read, and nothing else.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSettings } from "../../src/settings.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { play, playFailure } from "./scene.ts";

const secret = "GOCSPX-imported_secret-0123456789";
const id = "417-abc.apps.googleusercontent.com";
const common = {
  client_id: id,
  client_secret: secret,
  project_id: "lab-1",
  auth_uri: "https://accounts.google.com/o/oauth2/auth",
  token_uri: "https://oauth2.googleapis.com/token",
  auth_provider_x509_cert_url: "https://www.googleapis.com/oauth2/v1/certs",
};
const desktop = { installed: { ...common, redirect_uris: ["http://localhost"] } };
const web = (...redirect_uris: unknown[]) => ({ web: { ...common, redirect_uris } });

async function place(content: unknown, env: Record<string, string> = {}) {
  const context = await createTestContext({ env });
  context.allow(secret, "files", "store");
  const path = join(context.workingFolder, "client_secret.json");
  const text = typeof content === "string" ? content : JSON.stringify(content);
  await fs.writeFile(path, text);
  return { context, path, line: `providers google --import ${path}` };
}

const own = ({ storeFolder }: TestContext) => join(storeFolder, ".env");

describe("providers google --import", () => {
  it("takes over a desktop client, which needs no registered address", async () => {
    const { context, line } = await place(desktop);
    const { exitCode, stdout, stderr } = await play(context, line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toContain(`Imported the desktop client ${id} into ${own(context)}`);
    expect(await fs.readFile(own(context), "utf8")).toBe(
      `# Google\nGOOGLE_CLIENT_ID=${id}\nGOOGLE_CLIENT_SECRET=${secret}\nGOOGLE_REDIRECT_URI=http://127.0.0.1:0/callback/google\n`,
    );
    expect((await fs.stat(own(context))).mode & 0o777).toBe(0o600);
    const settings = await readSettings({}, context);
    expect(settings.warnings).toEqual([]);
    expect(settings.value("GOOGLE_CLIENT_SECRET")).toBe(secret);
  });

  it.each([
    [["https://app.example/cb", "http://localhost:8080/cb"], "http://localhost:8080/cb"],
    [
      ["https://localhost:8080/auth/google/callback"],
      "https://localhost:8080/auth/google/callback",
    ],
  ])("takes over a web client of %j with the address on this machine", async (uris, chosen) => {
    const { context, line } = await place(web(...uris));
    const { stdout, stderr } = await play(context, `${line} --json`);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      provider: "google",
      client_type: "web",
      client_id: id,
      path: own(context),
      redirect_uri: chosen,
    });
    expect(stderr).not.toContain(secret);
    expect(await fs.readFile(own(context), "utf8")).toContain(`GOOGLE_REDIRECT_URI=${chosen}\n`);
  });

  it.each([
    [["https://app.example/cb"]],
    [["http://localhost:8080/cb\nGITHUB_SERVER_URL=https://evil.example", "http://localhost/"]],
    [[7, null]],
    [["http://localhost:99999/cb"]],
    [[]],
  ])("says what to register where a web client has only %j", async (uris) => {
    const { context, line } = await place(web(...uris));
    const { exitCode, stderr } = await play(context, line);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("register http://127.0.0.1:8000/callback/google");
    const written = await fs.readFile(own(context), "utf8");
    expect(written).toBe(`# Google\nGOOGLE_CLIENT_ID=${id}\nGOOGLE_CLIENT_SECRET=${secret}\n`);
  });

  it("leaves what stands in the file before it", async () => {
    const { context, line } = await place(desktop);
    await fs.writeFile(own(context), "# mine\nGITHUB_CLIENT_ID=abc", { mode: 0o644 });
    expect((await play(context, line)).exitCode).toBe(0);
    expect(await fs.readFile(own(context), "utf8")).toMatch(
      /^# mine\nGITHUB_CLIENT_ID=abc\n\n# Google\nGOOGLE_CLIENT_ID=/,
    );
    expect((await fs.stat(own(context))).mode & 0o777).toBe(0o600);
  });

  it("replaces no setting, wherever it stands", async () => {
    const { context, line } = await place(desktop, { GOOGLE_CLIENT_ID: "mine" });
    expect(await playFailure(context, line)).toMatchObject({ exitCode: 2, code: "already_set" });
    await expect(fs.stat(own(context))).rejects.toThrow("ENOENT");
    const again = await place(desktop);
    await play(again.context, again.line);
    expect(await playFailure(again.context, again.line)).toMatchObject({ code: "already_set" });
  });

  it.each<[string, unknown, string]>([
    ["no JSON", "{", "is not a JSON object"],
    ["a list", "[]", "is not a JSON object"],
    ["a service account", { type: "service_account" }, "is the key of a service account"],
    ["a user's tokens", { type: "authorized_user" }, "holds a user's tokens"],
    ["nothing of it", {}, "has not exactly one client"],
    ["two clients", { ...desktop, ...web() }, "has not exactly one client"],
    ["a client that is a list", { installed: [] }, "has not exactly one client"],
    ["another's client id", { installed: { ...common, client_id: "abc" } }, "names no client id"],
    [
      "a client id with a line in it",
      { installed: { ...common, client_id: `x\nGITHUB_SERVER_URL=https://evil.example\n${id}` } },
      "names no client id",
    ],
    [
      "a secret with a line in it",
      { installed: { ...common, client_secret: `${secret}\nGITHUB_CLIENT_ID=x` } },
      "has no client secret",
    ],
    ["no secret", { installed: { ...common, client_secret: undefined } }, "has no client secret"],
    [
      "another token endpoint",
      { installed: { ...common, token_uri: "https://evil.example/token" } },
      "names endpoints that are not Google's",
    ],
    [
      "an http endpoint",
      { installed: { ...common, auth_uri: "http://accounts.google.com/" } },
      "names endpoints that are not Google's",
    ],
    ["too much", " ".repeat(65_537), "is larger than 64 KiB"],
  ])("refuses %s, without quoting it", async (_what, content, problem) => {
    const { context, line } = await place(content);
    const { exitCode, code, message } = await playFailure(context, line);
    expect({ exitCode, code }).toEqual({ exitCode: 2, code: "import_unusable" });
    expect(message).toContain(problem);
    await expect(fs.stat(own(context))).rejects.toThrow("ENOENT");
  });

  it("names a file that is not there, and what is no file", async () => {
    const { context } = await place(desktop);
    expect(await playFailure(context, "providers google --import nowhere.json")).toMatchObject({
      message: expect.stringContaining("ENOENT"),
    });
    expect(
      await playFailure(context, `providers google --import ${context.workingFolder}`),
    ).toMatchObject({ message: expect.stringContaining("is not a file") });
  });

  it("is for google only", async () => {
    const { context, path } = await place(desktop);
    expect(await playFailure(context, `providers github --import ${path}`)).toMatchObject({
      exitCode: 2,
      code: "import_unsuitable",
    });
  });

  it.runIf(process.platform !== "win32")("writes through no link", async () => {
    const { context, line } = await place(desktop);
    const elsewhere = join(context.homeFolder, "elsewhere");
    await fs.writeFile(elsewhere, "");
    await fs.symlink(elsewhere, own(context));
    expect(await playFailure(context, line)).toMatchObject({ exitCode: 6 });
    expect(await fs.readFile(elsewhere, "utf8")).toBe("");
  });
});
