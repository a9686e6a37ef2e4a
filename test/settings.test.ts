// Where settings come from, in which order, and what a file that merely lies about cannot do.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSettings, type Settings } from "../src/settings.ts";
import { createTestContext, type TestContext, type TestContextOptions } from "./support/context.ts";

type Place = "current" | "own" | "named";

interface Scene {
  readonly context: TestContext;
  readonly paths: Readonly<Record<Place, string>>;
  read(): Promise<Settings>;
}

/** A run in a folder with these files; `named` is given with --env-file. Files are as their author would protect them. */
async function scene(
  contents: Partial<Record<Place, string | Buffer>>,
  options: TestContextOptions = {},
): Promise<Scene> {
  const context = await createTestContext(options);
  const paths = {
    current: join(context.workingFolder, ".env"),
    own: join(context.storeFolder, ".env"),
    named: join(context.workingFolder, ".env.lab"),
  };
  for (const [place, content] of Object.entries(contents))
    await fs.writeFile(paths[place as Place], content, { mode: 0o600 });
  const envFile = contents.named === undefined ? undefined : ".env.lab";
  return { context, paths, read: () => readSettings({ envFile }, context) };
}

describe("the order of precedence", () => {
  it("I12 is environment, then ./.env, then .env in our own folder; each value tells its origin", async () => {
    const { read, paths } = await scene(
      {
        current: "A_CLIENT_ID=current\nB_CLIENT_ID=current\n",
        own: "A_CLIENT_ID=own\nB_CLIENT_ID=own\nC_CLIENT_ID=own\n",
      },
      { env: { A_CLIENT_ID: "environment" } },
    );
    const settings = await read();
    expect(["A", "B", "C"].map((name) => settings.get(`${name}_CLIENT_ID`))).toEqual([
      { value: "environment", origin: "environment", unasked: false },
      { value: "current", origin: paths.current, unasked: true },
      { value: "own", origin: paths.own, unasked: false },
    ]);
    expect(settings.get("D_CLIENT_ID")).toBeUndefined();
  });

  it("has the file given with --env-file instead of ./.env", async () => {
    const { read, paths } = await scene({
      current: "A_CLIENT_ID=current\nB_SCOPE=x",
      named: "A_CLIENT_ID=named",
    });
    const settings = await read();
    expect(settings.get("A_CLIENT_ID")).toEqual({
      value: "named",
      origin: paths.named,
      unasked: false,
    });
    expect(settings.value("B_SCOPE")).toBeUndefined();
  });

  it("passes over an empty value", async () => {
    const { read } = await scene(
      { current: "A_CLIENT_ID=\n", own: "A_CLIENT_ID=own" },
      { env: { A_CLIENT_ID: "" } },
    );
    expect((await read()).value("A_CLIENT_ID")).toBe("own");
  });

  it("I11 does not look into the folders above", async () => {
    const { context, read } = await scene({});
    await fs.writeFile(join(context.workingFolder, "..", ".env"), "A_CLIENT_ID=above");
    const below = join(context.workingFolder, "below");
    await fs.mkdir(below);
    Object.assign(context, { workingFolder: below });
    expect((await read()).value("A_CLIENT_ID")).toBeUndefined();
  });
});

describe("what a file may say", () => {
  it("I13 is our own keys; none of it reaches process.env", async () => {
    const { read } = await scene(
      {
        current:
          "A_CLIENT_ID=mine\nGITHUB_TOKEN=other\nFOO=bar\nclient_id=x\nCLIENT_SECRET=x\nOAUTH_LAB_NOISE=1\n",
      },
      { env: { GITHUB_TOKEN: "other", HOME: "/home/ada" } },
    );
    const before = { ...process.env };
    const settings = await read();
    expect(settings.keysEndingWith("")).toEqual([
      "A_CLIENT_ID",
      "OAUTH_LAB_HOME",
      "OAUTH_LAB_STORE",
    ]);
    expect(settings.warnings).toEqual([]);
    expect(process.env).toEqual(before);
  });

  it.each([
    "BROWSER",
    "NODE_OPTIONS",
    "LD_PRELOAD",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "PATH",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
  ])("I09 is not %s, which it is warned for", async (key) => {
    const { read, paths } = await scene({ current: `${key}=/tmp/evil.sh\nA_SCOPE=a\n` });
    const settings = await read();
    expect(settings.get(key)).toBeUndefined();
    expect(settings.value("A_SCOPE")).toBe("a");
    expect(settings.warnings).toEqual([
      `${key} in ${paths.current} is ignored: only oauth-lab's own keys are read from a file.`,
    ]);
  });

  it.each(["OAUTH_LAB_HOME", "OAUTH_LAB_STORE", "OAUTH_LAB_PASSPHRASE", "A_PRIVATE_KEY_FILE"])(
    "is not %s, where it merely lies in the current folder",
    async (key) => {
      const lying = await scene({ current: `${key}=memory\n` }, { env: { [key]: undefined } });
      if (key === "OAUTH_LAB_HOME")
        Object.assign(lying.context, { homeFolder: lying.context.storeFolder });
      const settings = await lying.read();
      expect(settings.get(key)).toBeUndefined();
      expect(settings.warnings).toEqual([
        expect.stringContaining(`${key} in ${lying.paths.current} is ignored`),
      ]);
      const named = await scene({ named: `${key}=memory\n` }, { env: { [key]: undefined } });
      expect((await named.read()).get(key)).toEqual({
        value: "memory",
        origin: named.paths.named,
        unasked: false,
      });
    },
  );
});

describe("a value that is not what its author sees is refused", () => {
  const secret = "secret-0123456789";
  it.each<[string, string | Buffer, RegExp]>([
    [
      "I05 an unquoted #, where dotenv cuts",
      `#\n\nA_CLIENT_SECRET=${secret}#rest\n`,
      /^Line 3 of .*\.env \(A_CLIENT_SECRET\) has an unquoted #/,
    ],
    [
      "I05 an unquoted # after one character",
      "A_CLIENT_SECRET=a#bcdefgh\n",
      /^Line 1 .* unquoted #/,
    ],
    [
      "I05 the same with export and spaces",
      `export A_CLIENT_SECRET =  ${secret}#rest\n`,
      /unquoted #/,
    ],
    ["typographic quotes", `A_CLIENT_SECRET=“${secret}”\n`, /outside ASCII/],
    ["a letter of another alphabet", `A_CLIENT_ID=\u0430bc\n`, /outside ASCII/],
    ["I07 a line break by escape", `A_CLIENT_SECRET="${secret}\\nrest"\n`, /line break/],
    ["I07 a line break in quotes", `A_CLIENT_SECRET="${secret}\nrest"\n`, /line break/],
    ["I07 a control character", `A_CLIENT_SECRET=${secret}\u001b[2J\n`, /control character/],
    ["a quote left open", `A_CLIENT_SECRET="${secret}\nB_SCOPE=a\n`, /quote that is not closed/],
    [
      "I07 a null byte",
      `A_CLIENT_SECRET=${secret}\u0000\n`,
      /not UTF-8 text \(PowerShell's > writes UTF-16\)/,
    ],
    [
      "I03 UTF-16 with its mark",
      Buffer.from(`\ufeffA_CLIENT_SECRET=${secret}\r\n`, "utf16le"),
      /not UTF-8/,
    ],
  ])("%s", async (_what, content, message) => {
    const { read } = await scene({ current: content });
    const failure = await read().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      kind: "usage",
      code: "env_file_invalid",
      message: expect.stringMatching(message),
    });
    expect(`${failure} ${JSON.stringify(failure)}`).not.toContain(secret);
  });

  it("but not in a key that is none of ours", async () => {
    const { read } = await scene({ current: "OTHER=abc#def\nNAME=“x”\nA_SCOPE=a\n" });
    expect((await read()).value("A_SCOPE")).toBe("a");
  });

  it.each([
    ["I03 Windows line ends", "A_CLIENT_ID=one\r\nB_CLIENT_ID=two\r\n"],
    ["I03 old Macintosh line ends", "A_CLIENT_ID=one\rB_CLIENT_ID=two\r"],
    ["I03 a byte order mark", "\ufeffA_CLIENT_ID=one\nB_CLIENT_ID=two"],
    ["quotes", "A_CLIENT_ID=\"one\"\nB_CLIENT_ID='two'\n"],
    ["export and spaces", "export A_CLIENT_ID = one\n  B_CLIENT_ID=two  \n"],
    [
      "comments",
      '# A_CLIENT_ID=zero\nA_CLIENT_ID=one # the first\nC_CLIENT_ID= # none yet\nB_CLIENT_ID="two" # quoted\n',
    ],
    [
      "a value that is set twice: the last counts",
      "A_CLIENT_ID=z#ero\nA_CLIENT_ID=one\nB_CLIENT_ID=two\n",
    ],
  ])("is not what this is: %s", async (_what, content) => {
    const settings = await (await scene({ current: content })).read();
    expect([settings.value("A_CLIENT_ID"), settings.value("B_CLIENT_ID")]).toEqual(["one", "two"]);
    expect(settings.value("C_CLIENT_ID")).toBeUndefined();
  });

  it("keeps a # in quotes", async () => {
    const { read } = await scene({ current: 'A_SCOPE="a#b"\n' });
    expect((await read()).value("A_SCOPE")).toBe("a#b");
  });
});

describe("a file that cannot be used", () => {
  it("is told when it was asked for and is missing", async () => {
    const { context } = await scene({});
    await expect(readSettings({ envFile: "nowhere/.env" }, context)).rejects.toMatchObject({
      kind: "usage",
      code: "env_file_missing",
      message: expect.stringContaining(join(context.workingFolder, "nowhere", ".env")),
    });
  });

  it("is passed over with a warning when it only lies there", async () => {
    const { context, paths, read } = await scene({});
    await fs.mkdir(paths.current);
    await fs.writeFile(paths.own, `A_SCOPE=${"a".repeat(256 * 1024)}`);
    expect((await read()).warnings).toEqual([
      `${paths.current} is ignored: it is not a file.`,
      `${paths.own} is ignored: it is larger than 256 KiB.`,
    ]);
    await expect(readSettings({ envFile: ".env" }, context)).rejects.toMatchObject({
      code: "env_file_missing",
    });
  });

  it.skipIf(process.platform === "win32")(
    "I11 is another user's, unless it was asked for",
    async () => {
      const { context, paths } = await scene({ current: "A_CLIENT_ID=theirs" });
      const owner = (await fs.stat(paths.current)).uid;
      const open: typeof fs.open = async (...request) => {
        const handle = await fs.open(...request);
        const stats = await handle.stat();
        handle.stat = (async () => Object.assign(stats, { uid: owner + 1 })) as typeof handle.stat;
        return handle;
      };
      Object.assign(context, { files: { ...context.files, open } });
      const settings = await readSettings({}, context);
      expect(settings.value("A_CLIENT_ID")).toBeUndefined();
      expect(settings.warnings).toEqual([
        `${paths.current} is ignored: it belongs to another user.`,
      ]);
      expect((await readSettings({ envFile: ".env" }, context)).value("A_CLIENT_ID")).toBe(
        "theirs",
      );
    },
  );

  it.skipIf(process.platform === "win32")(
    "I08 is read, with a warning, when others may read its secret",
    async () => {
      const { paths, read } = await scene({
        current: "A_CLIENT_SECRET=open-secret-0123456789\n",
        own: "A_CLIENT_ID=a\n",
      });
      await fs.chmod(paths.current, 0o644);
      await fs.chmod(paths.own, 0o644);
      const settings = await read();
      expect(settings.value("A_CLIENT_SECRET")).toBe("open-secret-0123456789");
      expect(settings.warnings).toEqual([
        `${paths.current} holds a secret and other users may read it: run chmod 600 on it.`,
      ]);
    },
  );
});

describe("the folder for our own files", () => {
  const home = "/home/ada";
  it.each<[string, NodeJS.Platform, Record<string, string>, string]>([
    ["on Linux", "linux", {}, "/home/ada/.local/state/oauth-lab"],
    [
      "where XDG_STATE_HOME points",
      "linux",
      { XDG_STATE_HOME: "/data/state" },
      "/data/state/oauth-lab",
    ],
    [
      "with a relative XDG_STATE_HOME, which does not count",
      "linux",
      { XDG_STATE_HOME: "state" },
      "/home/ada/.local/state/oauth-lab",
    ],
    ["on macOS", "darwin", {}, "/home/ada/Library/Application Support/oauth-lab"],
    [
      "on Windows",
      "win32",
      { LOCALAPPDATA: "C:\\Users\\ada\\AppData\\Local" },
      "C:\\Users\\ada\\AppData\\Local\\oauth-lab",
    ],
    ["where OAUTH_LAB_HOME says", "linux", { OAUTH_LAB_HOME: "/srv/lab" }, "/srv/lab"],
  ])("%s", async (_what, platform, env, folder) => {
    const context = await createTestContext({
      platform,
      env: { OAUTH_LAB_HOME: undefined, ...env },
    });
    Object.assign(context, { homeFolder: home });
    const settings = await readSettings({}, context);
    Object.assign(context, { homeFolder: context.workingFolder });
    expect(settings.home).toBe(folder);
  });

  it("M06 is asked for where the user has none, and is never the current one", async () => {
    const context = await createTestContext({ env: { OAUTH_LAB_HOME: undefined } });
    Object.assign(context, { homeFolder: "", platform: "linux" });
    const reading = readSettings({}, context);
    await expect(reading).rejects.toMatchObject({ kind: "usage", code: "home_unknown" });
    Object.assign(context, { homeFolder: context.workingFolder });
  });

  it("is found from the current folder when OAUTH_LAB_HOME is relative", async () => {
    const context = await createTestContext({ env: { OAUTH_LAB_HOME: "lab" } });
    expect((await readSettings({}, context)).home).toBe(join(context.workingFolder, "lab"));
  });
});
