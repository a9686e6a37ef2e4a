// Whole logins against the embedded sandbox: who answers, in which order, and what an answer that is not ours never sets off.
import * as files from "node:fs/promises";
import { get } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../src/cli.ts";
import { sandboxWebClient } from "../../src/sandbox/clients.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { approve } from "../sandbox/lab.ts";
import { TestBrowser, type Visit } from "../support/browser.ts";
import {
  createTestContext,
  type TestContext,
  type TestContextOptions,
} from "../support/context.ts";
import type { Page } from "../support/page.ts";
import { signIn } from "../support/sign-in.ts";

/** A login under way, and the user's hands. */
interface Login {
  readonly context: TestContext;
  /** The exit code. */
  readonly exit: Promise<number>;
  /** The authorization URL as it was printed. */
  asked(): Promise<URL>;
  /** Approves, without loading the redirect URI: the address to paste, or to send to the listener. */
  approved(): Promise<URL>;
}

async function prepare(options: TestContextOptions = {}): Promise<TestContext> {
  const sandbox = await startSandbox({ port: 0, context: { files } });
  onTestFinished(() => sandbox.close());
  return createTestContext({
    keepInputOpen: true,
    columns: 400, // nothing that a test looks for is cut
    ...options,
    env: { SANDBOX_ISSUER: sandbox.issuer, ...options.env },
  });
}

function begin(context: TestContext, ...args: string[]): Login {
  const asked = async () => {
    const [address] = await context.stderr.until(/https?:\S+response_type=code\S*(?=\n)/);
    return new URL(address);
  };
  const approved = async () => {
    const address = await approve(await asked());
    context.watch(address.href);
    return address;
  };
  return {
    context,
    exit: run(["login", "sandbox", "--no-color", ...args], context),
    asked,
    approved,
  };
}

/** Starts a login whose user has to act; stdin and stderr are a terminal unless the options say otherwise. */
async function start(
  args: readonly string[] = [],
  options: TestContextOptions = {},
): Promise<Login> {
  return begin(await prepare({ terminal: true, ...options }), ...args);
}

function pasteInto({ context }: Login, text: string): void {
  context.stdin.paste(text);
  context.stdin.type("\r");
}

/** Loads the address in a browser, to the last page. */
function load(address: URL): Promise<Visit> {
  return new TestBrowser().open(address);
}

/** The status of what the listener answers first; nobody follows it. */
function arrive(address: URL): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(address, { agent: false }, (answer) => resolve(answer.resume().statusCode)).on(
      "error",
      reject,
    );
  });
}

function altered(address: URL, changes: Record<string, string | undefined>): URL {
  const url = new URL(address);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url;
}

const wrongState = "wrong-state-9876543210-zyxwvutsrqponmlkjihg";

/** The requests that carried a code to the token endpoint. */
function codeExchanges({ exchanges }: TestContext): number {
  return exchanges.filter(({ requestBody }) => requestBody.includes("code=")).length;
}

async function storedCredentials({ storeFolder }: TestContext): Promise<number> {
  const names = await files.readdir(storeFolder, { recursive: true });
  return names.filter((name) => name.endsWith(".json")).length;
}

/** Nothing was sent, nothing is stored, nothing listens any more, and the terminal is as it was. */
async function expectNothingHappened({ context, asked }: Login): Promise<void> {
  expect(codeExchanges(context)).toBe(0);
  expect(await storedCredentials(context)).toBe(0);
  const redirectUri = (await asked()).searchParams.get("redirect_uri") ?? "";
  await expect(fetch(redirectUri)).rejects.toThrow();
  expect(context.stdin.isRaw).toBe(false);
  expect(context.stderr.text.lastIndexOf("\u001b[?2004l")).toBeGreaterThanOrEqual(
    context.stderr.text.lastIndexOf("\u001b[?2004h"),
  );
  expect(context.stdout.text).toBe("");
}

async function expectSignedIn({ context, exit }: Login): Promise<void> {
  expect(await exit, context.stderr.text).toBe(0);
  expect(codeExchanges(context)).toBe(1);
  expect(await storedCredentials(context)).toBe(1);
  expect(context.stdin.isRaw).toBe(false);
  expect(context.stderr.text).toContain("Signed in to sandbox as ada");
}

/** Stands between the login and one of its requests, until the test lets it go on. */
function holdRequest(
  context: TestContext,
  path: string,
): { readonly sent: Promise<void>; release: () => void } {
  const { fetch: send } = context;
  let [note, release] = [() => {}, () => {}];
  const sent = new Promise<void>((resolve) => {
    note = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held: typeof fetch = async (input, init) => {
    if (!String(input).endsWith(path)) return send(input, init);
    note();
    await Promise.race([
      released,
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      }),
    ]);
    return send(input, init);
  };
  Object.assign(context, { fetch: held });
  return { sent, release };
}

/** A program of somebody else's on a port. */
async function occupyPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe("the browser", () => {
  it("comes back to the listener, and says that it worked once the token is stored", async () => {
    let page: Page | undefined;
    let storedWhenShown = 0;
    const context = await prepare({
      browser: async (url, rig) => {
        ({ page } = await signIn(url, rig));
        storedWhenShown = await storedCredentials(context);
      },
    });
    await expectSignedIn(begin(context));
    await context.browserDone();
    expect(page?.html).toContain("You are signed in");
    expect(storedWhenShown).toBe(1);
    expect(context.exchanges.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("may be back before what started it has ended", async () => {
    const context = await prepare();
    const openBrowser = async (url: URL) => {
      const address = await approve(url);
      context.watch(address.href);
      expect(await arrive(address)).toBe(303);
      return true;
    };
    Object.assign(context, { openBrowser });
    const login = begin(context);
    await context.clock.untilSleeping((milliseconds) => milliseconds === 1000);
    await context.clock.advance(1000); // nobody fetches the last page
    await expectSignedIn(login);
  });

  it("shows that it failed when the user denies", async () => {
    let page: Page | undefined;
    const context = await prepare({
      browser: async (url, rig) => {
        ({ page } = await signIn(url, { ...rig, decision: "deny" }));
      },
    });
    const login = begin(context);
    expect(await login.exit).toBe(5);
    await context.browserDone();
    expect(page?.html).toContain("did not succeed");
    expect(context.stderr.text).toContain("The request was denied: access_denied");
    await expectNothingHappened(login);
  });

  it("C04 shows that it failed when the exchange fails, and the code is not sent again", async () => {
    let page: Page | undefined;
    const context = await prepare({
      browser: async (url, rig) => {
        ({ page } = await signIn(url, rig));
      },
    });
    const { fetch: send } = context;
    const failing: typeof fetch = async (input, init) => {
      const response = await send(input, init);
      return init?.method === "POST" ? new Response("busy", { status: 503 }) : response;
    };
    Object.assign(context, { fetch: failing });
    const { exit } = begin(context);
    expect(await exit).toBe(7);
    await context.browserDone();
    expect(page?.html).toContain("did not succeed");
    expect(codeExchanges(context)).toBe(1);
    expect(await storedCredentials(context)).toBe(0);
  });

  it("B13 may load the callback twice at once: one exchange", async () => {
    const login = await start();
    const address = await login.approved();
    const answers = await Promise.all([arrive(address), arrive(address), arrive(address)]);
    expect(answers.sort()).toEqual([303, 400, 400]);
    await load(new URL("/done", address));
    await expectSignedIn(login);
  });

  it("C01 belongs to its own login: two at once do not mix", async () => {
    const one = await start();
    const other = begin(
      await createTestContext({ terminal: true, columns: 400, env: one.context.env }),
      "--profile",
      "other",
    );
    const [mine, theirs] = [await one.approved(), await other.approved()];
    expect(mine.searchParams.get("state")).not.toBe(theirs.searchParams.get("state"));
    const crossed = altered(mine, { state: theirs.searchParams.get("state") ?? "" });
    expect(await arrive(crossed)).toBe(400);
    for (const [login, address] of [
      [one, mine],
      [other, theirs],
    ] as const) {
      await load(address);
      expect(await login.exit, login.context.stderr.text).toBe(0);
    }
  });
});

describe("the prompt", () => {
  it("wins when the address is pasted, and the port closes", async () => {
    const login = await start();
    const address = await login.approved();
    pasteInto(login, address.href);
    await expectSignedIn(login);
    await expect(fetch(address)).rejects.toThrow();
  });

  it("A04 takes a long address over several lines", async () => {
    const login = await start();
    const address = altered(await login.approved(), { extra: "x".repeat(6000) });
    pasteInto(login, address.href.match(/.{1,90}/g)?.join("\r") ?? "");
    await expectSignedIn(login);
  });

  it("refuses wrong addresses, says so, and takes the right one", async () => {
    const login = await start();
    const address = await login.approved();
    pasteInto(login, altered(address, { state: wrongState }).href);
    await login.context.stderr.until(/Refused, still waiting: The state does not match/);
    pasteInto(login, address.href.replace("/callback/", "/CALLBACK/"));
    await login.context.stderr.until(/Refused, still waiting: .*path\s+differs/s);
    expect(codeExchanges(login.context)).toBe(0);
    pasteInto(login, address.href);
    await expectSignedIn(login);
  });

  it("ends with the third wrong address", async () => {
    const login = await start();
    const wrong = altered(await login.approved(), { state: wrongState });
    for (let count = 0; count < 3; count += 1) pasteInto(login, wrong.href);
    expect(await login.exit).toBe(6);
    expect(login.context.stderr.text.match(/still waiting/g)).toHaveLength(2);
    await expectNothingHappened(login);
  });

  it("A21 ends with a denial that is ours, at once", async () => {
    const login = await start();
    const denial = altered(await login.approved(), { code: undefined, error: "access_denied" });
    pasteInto(login, denial.href);
    expect(await login.exit).toBe(5);
    expect(login.context.stderr.text).not.toContain("still waiting");
    await expectNothingHappened(login);
  });

  it("bears any number of slips", async () => {
    const login = await start();
    const address = await login.approved();
    for (let count = 0; count < 5; count += 1) login.context.stdin.type("\r");
    pasteInto(login, address.searchParams.get("code") ?? "");
    pasteInto(login, (await login.asked()).href);
    pasteInto(login, address.href);
    await expectSignedIn(login);
    for (const sentence of [/Nothing was pasted/, /not a whole address/, /address to open/])
      expect(login.context.stderr.text).toMatch(sentence);
  });

  it("wins while the listener refuses what is not ours", async () => {
    const login = await start();
    const address = await login.approved();
    for (const wrong of [
      { state: wrongState },
      { state: undefined },
      { code: undefined, state: wrongState, error: "access_denied" },
    ])
      expect(await arrive(altered(address, wrong))).toBe(400);
    expect(login.context.stderr.text.match(/still waiting/g)).toHaveLength(3);
    pasteInto(login, address.href);
    await expectSignedIn(login);
  });

  it("is gone during the exchange: what still arrives is not told", async () => {
    const context = await prepare({ terminal: true });
    const { sent, release } = holdRequest(context, "/token");
    const login = begin(context);
    const address = await login.approved();
    pasteInto(login, address.href);
    await sent;
    const told = context.stderr.text;
    expect(await arrive(altered(address, { state: wrongState }))).toBe(400);
    expect(context.stderr.text).toBe(told);
    expect(context.stdin.isRaw).toBe(false);
    release();
    await expectSignedIn(login);
  });

  it("A35 leaves the listener waiting when it ends with Ctrl-D", async () => {
    const login = await start();
    const address = await login.approved();
    login.context.stdin.type("\u0004");
    await load(address);
    await expectSignedIn(login);
  });

  it("A35 ends the login with Ctrl-D where nobody listens", async () => {
    const login = await start(["--paste"]);
    await login.asked();
    login.context.stdin.type("\u0004");
    expect(await login.exit).toBe(5);
    expect(login.context.stderr.text).toContain("The input ended before an address was pasted");
    await expectNothingHappened(login);
  });

  it("A36 says where to paste, and where never", async () => {
    for (const args of [[], ["--paste"]]) {
      const login = await start(args);
      await login.context.stderr.until(/Paste it here only, never into a website/);
      login.context.interrupt();
      expect(await login.exit).toBe(130);
    }
  });
});

describe("a pipe", () => {
  const wrongs: [string, (address: URL) => string, number, string][] = [
    [
      "A08 another host",
      ({ search }) => `http://evil.example/callback/sandbox${search}`,
      6,
      "host differs",
    ],
    [
      "A09 our host as a user name",
      ({ host, search }) => `http://${host}@evil.example/callback/sandbox${search}`,
      6,
      "user name differs",
    ],
    [
      "A10 another port",
      ({ search }) => `http://127.0.0.1:1/callback/sandbox${search}`,
      6,
      "port differs",
    ],
    [
      "A10 another path",
      ({ origin, search }) => `${origin}/callback/other${search}`,
      6,
      "path differs",
    ],
    ["A11 localhost", ({ href }) => href.replace("127.0.0.1", "localhost"), 6, "host differs"],
    [
      "A13 a wrong state",
      (address) => altered(address, { state: wrongState }).href,
      6,
      "state does not match",
    ],
    [
      "A14 no state",
      (address) => altered(address, { state: undefined }).href,
      6,
      "no state parameter",
    ],
    ["A17 two codes", ({ href }) => `${href}&code=other`, 6, "two code parameters"],
    ["A19 the answer in the fragment", ({ href }) => href.replace("?", "#"), 3, "behind the #"],
    ["A20 a token", ({ href }) => `${href}&access_token=token-0123456789`, 6, "carries a token"],
    [
      "A21 a denial",
      (address) => altered(address, { code: undefined, error: "access_denied" }).href,
      5,
      "access_denied",
    ],
    [
      "A22 a denial with a wrong state",
      (address) => altered(address, { error: "access_denied", state: wrongState }).href,
      6,
      "state does not match",
    ],
    [
      "A23 an error beside the code",
      (address) => altered(address, { error: "server_error" }).href,
      7,
      "server_error",
    ],
    [
      "A24 another issuer",
      (address) => altered(address, { iss: "https://evil.example" }).href,
      6,
      "comes from another server",
    ],
    [
      "A24 no issuer, though the sandbox promises one",
      (address) => altered(address, { iss: undefined }).href,
      6,
      "does not say which server",
    ],
    [
      "A26 no code",
      (address) => altered(address, { code: undefined }).href,
      3,
      "neither a code nor an error",
    ],
    [
      "A27 the code alone",
      ({ searchParams }) => searchParams.get("code") ?? "",
      2,
      "not a whole address",
    ],
    ["A32 a line of 5 MB", ({ href }) => href + "x".repeat(5_000_000), 2, "longer than 64 KiB"],
    [
      "A33 a hidden escape",
      ({ href }) => href.replace("code=", "\u001b[2Jcode="),
      6,
      "a character that no address has",
    ],
  ];

  it.each(wrongs)(
    "%s ends it at once, with nothing sent",
    async (_what, change, exitCode, sentence) => {
      const login = await start(["--paste"], { terminal: false });
      login.context.stdin.type(`${change(await login.approved())}\n`);
      expect(await login.exit).toBe(exitCode);
      expect(login.context.stderr.text).toContain(sentence);
      await expectNothingHappened(login);
    },
  );

  it.each<[string, (address: URL) => string]>([
    ["A01 the address as one line", ({ href }) => href],
    ["A06 &amp; for &", ({ href }) => href.replaceAll("&", "&amp;")],
    ["A28 the query alone", ({ search }) => search],
  ])("gives %s", async (_what, change) => {
    const login = await start(["--paste"], { terminal: false });
    login.context.stdin.type(`${change(await login.approved())}\n`);
    await expectSignedIn(login);
  });

  it("A35 that is closed ends the login where nobody listens", async () => {
    const login = await start(["--paste"], { terminal: false, keepInputOpen: false });
    expect(await login.exit).toBe(5);
    expect(login.context.stderr.text).toContain("The input ended before an address was pasted");
    await expectNothingHappened(login);
  });

  it("that is closed leaves the listener waiting", async () => {
    const login = await start([], { terminal: false, keepInputOpen: false });
    await load(await login.approved());
    await expectSignedIn(login);
  });
});

describe("where the answer can arrive", () => {
  it("B02 names a port in use and falls back to the prompt", async () => {
    const port = await occupyPort();
    const redirectUri = `http://127.0.0.1:${port}/callback/sandbox`;
    const login = await start([], { env: { SANDBOX_REDIRECT_URI: redirectUri } });
    const address = await login.approved();
    expect(login.context.stderr.text).toContain(`port ${port} is in use by another program`);
    expect(address.href.startsWith(`${redirectUri}?`)).toBe(true);
    pasteInto(login, address.href);
    await expectSignedIn(login);
  });

  it("ends with a port in use and --no-input", async () => {
    const port = await occupyPort();
    const env = { SANDBOX_REDIRECT_URI: `http://127.0.0.1:${port}/callback/sandbox` };
    const { context, exit } = await start(["--no-input"], { env });
    expect(await exit).toBe(2);
    expect(context.stderr.text).toContain(`port ${port} is in use by another program`);
    expect(context.stderr.text).not.toContain("response_type=");
    expect(context.stdin.rawModes).toEqual([]);
  });

  it("listens with --no-input, and does not touch stdin", async () => {
    const login = await start(["--no-input"]);
    await load(await login.approved());
    await expectSignedIn(login);
    expect(login.context.stdin.rawModes).toEqual([]);
    expect(login.context.stdin.listenerCount("data")).toBe(0);
  });

  it("is the prompt alone for an https redirect URI, and says so", async () => {
    const login = await start([], {
      env: {
        SANDBOX_CLIENT_ID: sandboxWebClient.clientId,
        SANDBOX_CLIENT_SECRET: sandboxWebClient.clientSecret,
        SANDBOX_REDIRECT_URI: "https://localhost:8000/callback",
      },
    });
    const address = await login.approved();
    const told = login.context.stderr.text.replace(/\s+/g, " ");
    expect(told).toContain("Nothing waits for the answer here (https://localhost:8000 is https");
    expect(told).toContain("the page may fail to load: that is expected");
    expect(address.href.startsWith("https://localhost:8000/callback?")).toBe(true);
    pasteInto(login, address.href);
    await expectSignedIn(login);
  });
});

describe("time", () => {
  it("A16 ends the waiting", async () => {
    const login = await start(["--wait", "60"]);
    await login.asked();
    await login.context.clock.untilSleeping((milliseconds) => milliseconds === 60_000);
    await login.context.clock.advance(60_000);
    expect(await login.exit).toBe(5);
    expect(login.context.stderr.text).toContain("Nobody answered in time");
    await expectNothingHappened(login);
  });

  it.each(["listener", "prompt"])(
    "C03 that passed while the machine slept ends it when the %s has the answer",
    async (who) => {
      const login = await start();
      const address = await login.approved();
      login.context.clock.jumpTo(login.context.clock.now() + 2 * 3600_000);
      const visit = who === "listener" ? load(address) : undefined;
      if (!visit) pasteInto(login, address.href);
      expect(await login.exit).toBe(5);
      expect(login.context.stderr.text).toContain("Nobody answered in time");
      if (visit) expect((await visit).page?.html).toContain("did not succeed");
      await expectNothingHappened(login);
    },
  );
});

describe("Ctrl-C", () => {
  it("before there is an address stops the question to the server", async () => {
    const context = await prepare({ terminal: true });
    const { sent } = holdRequest(context, "/.well-known/openid-configuration");
    const { exit } = begin(context);
    await sent;
    context.interrupt();
    expect(await exit).toBe(130);
    expect(context.stderr.text).not.toContain("response_type=");
    expect(context.stdin.rawModes).toEqual([]);
    expect(await storedCredentials(context)).toBe(0);
  });

  it("while the browser starts opens no prompt", async () => {
    const context = await prepare({ terminal: true });
    let redirectUri = "";
    const openBrowser = async (url: URL) => {
      redirectUri = url.searchParams.get("redirect_uri") ?? "";
      context.interrupt();
      return true;
    };
    Object.assign(context, { openBrowser });
    expect(await begin(context).exit).toBe(130);
    expect(context.stdin.rawModes).toEqual([]);
    expect(context.stderr.text).not.toContain("Step 2");
    await expect(fetch(redirectUri)).rejects.toThrow();
  });

  it.each<[string, (context: TestContext) => void, number]>([
    ["B25 while waiting, as a signal", (context) => context.interrupt(), 130],
    ["B25 while waiting, as a key in raw mode", (context) => context.stdin.type("\u0003"), 130],
    ["SIGTERM while waiting", (context) => context.terminate(), 143],
  ])("%s ends it and leaves nothing", async (_what, end, exitCode) => {
    const login = await start();
    await login.approved();
    await login.context.stderr.until(/ {2}> $/);
    end(login.context);
    expect(await login.exit).toBe(exitCode);
    await expectNothingHappened(login);
  });

  it("during the exchange stops it, stores nothing, and the page says so", async () => {
    const context = await prepare({ terminal: true });
    const { sent } = holdRequest(context, "/token");
    const login = begin(context);
    const address = await login.approved();
    const visit = load(address);
    await sent;
    // By now the browser asks for the last page.
    for (let count = 0; count < 3; count += 1) await arrive(new URL("/favicon.ico", address));
    context.interrupt();
    expect(await login.exit).toBe(130);
    expect((await visit).page?.html).toContain("did not succeed");
    await expectNothingHappened(login);
  });
});

describe("forged answers", () => {
  it("B12 R21 do not deny for the user: the state is compared before the error", async () => {
    const login = await start();
    const address = await login.approved();
    for (const state of [wrongState, undefined])
      await arrive(altered(address, { code: undefined, error: "access_denied", state }));
    expect(login.context.stderr.text).not.toContain("access_denied");
    await load(address);
    await expectSignedIn(login);
  });

  it("B10 end the login when they are many", async () => {
    const login = await start();
    const wrong = altered(await login.approved(), { state: wrongState });
    for (let count = 0; count < 20; count += 1) await arrive(wrong);
    expect(await login.exit).toBe(6);
    expect(login.context.stderr.text).toContain("20 answers that were not ours arrived");
    await expectNothingHappened(login);
  });
});
