// api: what is sent and where, what is printed, and which exit code a script gets.
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Credential } from "../../src/credentials/credential.ts";
import { Secret } from "../../src/secret.ts";
import { createTestContext, type TestContextOptions } from "../support/context.ts";
import { startGitHubServer } from "../support/github-server.ts";
import {
  type Answer,
  type RecordedRequest,
  readBearer,
  startProviderServer,
} from "../support/provider-server.ts";
import { signIn } from "../support/sign-in.ts";
import {
  createSecondContext,
  play,
  playFailure,
  playTogether,
  storedCredential,
  storeOf,
} from "./scene.ts";

const token = "stored-at-8c1f5e2b9d7a4063";
const renewed = "renewed-at-55d01c7be9f24a38";

type Endpoint = (request: RecordedRequest) => Answer | Promise<Answer>;

/** The provider `lab`, whose API answers `/v1/thing` and `/v1/other` as told, and a stored token for it. */
async function startLab({
  thing = () => ({ body: { ok: true } }),
  changes = {},
  ...options
}: { thing?: Endpoint; changes?: Partial<Credential> } & Omit<TestContextOptions, "browser"> = {}) {
  const methods = ["GET", "POST", "PATCH", "DELETE"];
  const server = await startProviderServer(() => ({
    "POST /token": {
      name: "token",
      respond: () => ({ body: { access_token: renewed, token_type: "bearer", expires_in: 3600 } }),
    },
    ...Object.fromEntries(
      methods.flatMap((method) => [
        [`${method} /v1/thing`, { name: "thing", respond: thing }],
        [`${method} /v1/other`, { name: "other", respond: () => ({ body: "other\n" }) }],
      ]),
    ),
  }));
  const context = await createTestContext({
    ...options,
    env: {
      LAB_TOKEN_ENDPOINT: `${server.url}/token`,
      LAB_API_URL: `${server.url}/v1/`,
      LAB_CLIENT_ID: "lab-client",
      ...options.env,
    },
  });
  await storeOf(context).save({
    provider: "lab",
    profile: "default",
    binding: {
      issuer: server.url,
      tokenEndpoint: `${server.url}/token`,
      clientId: "lab-client",
      origins: [server.url],
    },
    accessToken: new Secret(token),
    refreshToken: new Secret("stored-rt-3b7e0d94a6c25f18"),
    tokenType: "bearer",
    obtainedAt: context.clock.now(),
    expiresAt: context.clock.now() + 3_600_000,
    requestedScopes: [],
    grantedScopes: [],
    grant: "authorization_code",
    ...changes,
  });
  const calls = () => server.requests.filter(({ path }) => path !== "/token");
  return { server, context, calls };
}

describe("what is sent", () => {
  it("is a GET with the token, below the API's address", async () => {
    const { context, calls } = await startLab();
    for (const path of ["thing", "/thing"]) {
      const outcome = await play(context, `api lab ${path}`);
      expect(outcome).toEqual({ exitCode: 0, stdout: '{"ok":true}', stderr: "" });
    }
    expect(calls()).toHaveLength(2);
    for (const request of calls()) {
      expect(request).toMatchObject({ method: "GET", path: "/v1/thing", body: "" });
      expect(readBearer(request)).toBe(token);
      expect(request.headers.accept).toBe("application/json");
    }
  });

  it("is GitHub's API for github, in its own media type", async () => {
    const server = await startGitHubServer();
    const context = await createTestContext({
      browser: signIn,
      env: { ...server.env, GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github" },
    });
    await play(context, "login github --quiet");
    const { exitCode, stdout } = await play(context, "api github user");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty("login");
    expect(server.requests.at(-1)?.headers.accept).toBe("application/vnd.github+json");
  });

  it("is a POST of JSON with fields, typed ones as they look", async () => {
    const { context, calls } = await startLab();
    const fields = "-f a=1 -f b=x=y -F c=1 -F d=true -F e=null -F f=01 -F g=-7 -F h=text";
    expect((await play(context, `api lab thing ${fields}`)).exitCode).toBe(0);
    const [request] = calls();
    expect(request?.method).toBe("POST");
    expect(request?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(request?.body ?? "")).toEqual({
      ...{ a: "1", b: "x=y", c: 1, d: true, e: null, f: "01", g: -7, h: "text" },
    });
  });

  it("is a query where the method is GET", async () => {
    const { context, calls } = await startLab();
    await play(context, "api lab thing?a=1 -X get -f q=x&y -F n=2");
    expect(calls()[0]).toMatchObject({ method: "GET", body: "" });
    expect([...(calls()[0]?.query ?? [])]).toEqual([
      ["a", "1"],
      ["q", "x&y"],
      ["n", "2"],
    ]);
  });

  it("is a file, or stdin, with headers of the user's own", async () => {
    const { context, calls } = await startLab({ input: "from a pipe" });
    await writeFile(join(context.workingFolder, "body.txt"), "from a file");
    await play(
      context,
      "api lab thing --input body.txt -X PATCH -H Content-Type:text/plain -H X-A:b",
    );
    await play(context, "api lab thing --input -");
    expect(calls()[0]).toMatchObject({ method: "PATCH", body: "from a file" });
    expect(calls()[0]?.headers).toMatchObject({ "content-type": "text/plain", "x-a": "b" });
    expect(calls()[1]).toMatchObject({ method: "POST", body: "from a pipe" });
  });

  it.each([
    ["-H Authorization:Bearer-mine", "header_reserved"],
    ["-H host:evil.example", "header_reserved"],
    ["-H X-A:1\r\nX-B:2", "header_malformed"],
    ["-H nonsense", "header_malformed"],
    ["-f nonsense", "field_malformed"],
    ["-X TRACE", "method_unknown"],
    ["-f a=b --input x", "options_conflict"],
    ["--input nowhere.json", "body_unreadable"],
    ["--input - --no-input", "input_forbidden"],
  ])("is nothing where it is malformed: %j", async (options, code) => {
    const { context, server } = await startLab();
    const failure = await playFailure(context, `api lab thing ${options}`);
    expect(failure).toMatchObject({ exitCode: 2, code, stdout: "" });
    expect(server.requests).toEqual([]);
  });
});

describe("where the token goes", () => {
  it.each([
    "https://evil.example/v1/thing",
    "https://127.0.0.1.evil.example/",
    "http://localhost/v1/thing",
    "HTTPS://127.0.0.1/v1/thing",
  ])("K01 K04 is not to another origin: %s", async (address) => {
    const { context, server } = await startLab();
    const failure = await playFailure(context, `api lab ${address}`);
    expect(failure).toMatchObject({ exitCode: 6, code: "foreign_origin", stdout: "" });
    expect(server.requests).toEqual([]);
    expect(context.exchanges).toEqual([]);
  });

  it.each([
    "http://api.github.com/user",
    "https://user@api.github.com/",
    "https:api\u0430.example/",
  ])("is no address that is not plain https: %s", async (address) => {
    const { context } = await startLab();
    const failure = await playFailure(context, `api lab ${address}`);
    expect(failure).toMatchObject({ exitCode: 6, code: "endpoint_refused" });
  });

  it.each(["//evil.example/x", "\\\\evil.example/x", "@evil.example/x", "../../x", ":1/x", "?x"])(
    "is this origin whatever the path says: %s",
    async (path) => {
      const { context, server } = await startLab();
      await play(context, `api lab ${path}`);
      expect(context.exchanges.map(({ url }) => new URL(url).origin)).toEqual([server.url]);
    },
  );

  it("K02 is not to an address that was configured after the sign-in", async () => {
    const { context } = await startLab();
    context.env.LAB_API_URL = "https://evil.example";
    const failure = await playFailure(context, "api lab thing");
    expect(failure).toMatchObject({ exitCode: 6, code: "foreign_origin" });
    expect(context.exchanges).toEqual([]);
  });

  it("K05 is not behind a redirect to another origin", async () => {
    const evil = await startProviderServer(() => ({}));
    const { context } = await startLab({
      thing: () => ({ status: 302, headers: { location: `${evil.url}/steal` } }),
    });
    const failure = await playFailure(context, "api lab thing");
    expect(failure).toMatchObject({ exitCode: 6, code: "redirect_refused", stdout: "" });
    expect(evil.requests).toEqual([]);
  });

  it("is behind three redirects of a GET within the origin, and behind none of a POST", async () => {
    const { context, calls } = await startLab({
      thing: () => ({ status: 301, headers: { location: "/v1/other" } }),
    });
    expect(await play(context, "api lab thing")).toMatchObject({ exitCode: 0, stdout: "other\n" });
    expect((await playFailure(context, "api lab thing -X POST")).code).toBe("redirect_refused");
    expect(calls()).toHaveLength(3);
    const loop = await startLab({ thing: () => ({ status: 302, headers: { location: "thing" } }) });
    expect((await playFailure(loop.context, "api lab thing")).exitCode).toBe(6);
    expect(loop.calls()).toHaveLength(4);
  });

  it("needs to be told where the API of an issuer begins", async () => {
    const { context } = await startLab({ env: { LAB_API_URL: undefined } });
    expect(await playFailure(context, "api lab thing")).toMatchObject({
      exitCode: 2,
      code: "api_url_unknown",
      hint: expect.stringContaining("LAB_API_URL"),
    });
  });
});

describe("--paginate", () => {
  const pages: Endpoint = ({ query }) => {
    const page = Number(query.get("page") ?? 1);
    const link = `<?page=1>; rel="first", <?page=${page + 1}>; title="a, b"; rel="last next"`;
    return { body: [page], ...(page < 3 && { headers: { link } }) };
  };

  it("prints every page, one JSON document a line", async () => {
    const { context } = await startLab({ thing: pages });
    expect((await play(context, "api lab thing --paginate")).stdout).toBe("[1]\n[2]\n[3]\n");
    expect((await play(context, "api lab thing")).stdout).toBe("[1]");
  });

  it("takes no token to a page on another origin", async () => {
    const evil = await startProviderServer(() => ({}));
    const headers = { link: `<${evil.url}/next>; rel=next` };
    const { context } = await startLab({ thing: () => ({ body: [1], headers }) });
    const failure = await playFailure(context, "api lab thing --paginate");
    expect(failure).toMatchObject({ exitCode: 6, code: "next_page_refused" });
    expect(evil.requests).toEqual([]);
  });

  it("ends where a page is its own next", async () => {
    const headers = { link: '<thing>; rel="next"' };
    const { context, calls } = await startLab({ thing: () => ({ body: [1], headers }) });
    expect((await playFailure(context, "api lab thing --paginate")).exitCode).toBe(3);
    expect(calls()).toHaveLength(1);
  });
});

describe("a token that is refused", () => {
  const onlyRenewed: Endpoint = (request) =>
    readBearer(request) === renewed ? { body: "done" } : { status: 401, body: "no" };

  it("K07 is refreshed once, and the request made again", async () => {
    const { context, calls } = await startLab({ thing: onlyRenewed });
    const outcome = await play(context, "api lab thing -f a=b");
    expect(outcome).toEqual({ exitCode: 0, stdout: "done", stderr: "" });
    expect(calls().map(({ body }) => body)).toEqual(['{"a":"b"}', '{"a":"b"}']);
    expect((await storedCredential(context, "lab"))?.accessToken).toBe(renewed);
  });

  it("H03 by eight callers at once is refreshed once, and each call made again", async () => {
    let refused = 0;
    const { context, server, calls } = await startLab({
      // The last one is refused when the first one may have refreshed already.
      thing: async (request) => {
        if (readBearer(request) === renewed) return { body: "done" };
        refused += 1;
        await new Promise((resolve) => setTimeout(resolve, refused * 5));
        return { status: 401, body: "no" };
      },
    });
    const others = Array.from({ length: 7 }, () => createSecondContext(context));
    const outcomes = await playTogether([context, ...(await Promise.all(others))], "api lab thing");
    expect(outcomes).toEqual(new Array(8).fill({ exitCode: 0, stdout: "done", stderr: "" }));
    expect(server.requests.filter(({ path }) => path === "/token")).toHaveLength(1);
    expect(calls()).toHaveLength(16);
  });

  it("H03 is refreshed no more where another has done so since the call", async () => {
    const { context, server } = await startLab({
      thing: async (request) => {
        if (readBearer(request) === renewed) return { body: "done" };
        expect((await play(other, "refresh lab")).exitCode).toBe(0);
        return { status: 401, body: "no" };
      },
    });
    const other = await createSecondContext(context);
    expect(await play(context, "api lab thing")).toMatchObject({ exitCode: 0, stdout: "done" });
    expect(server.requests.filter(({ path }) => path === "/token")).toHaveLength(1);
  });

  it("K07 is refreshed no second time", async () => {
    const { context, server } = await startLab({ thing: () => ({ status: 401, body: "never" }) });
    const failure = await playFailure(context, "api lab thing");
    expect(failure).toMatchObject({ exitCode: 4, code: "invalid_token", stdout: "never" });
    expect(server.requests.map(({ path }) => path)).toEqual(["/v1/thing", "/token", "/v1/thing"]);
  });

  it("is not refreshed where that was done for this very call", async () => {
    const { context, server } = await startLab({
      thing: () => ({ status: 401, body: "never" }),
      changes: { expiresAt: 1 },
    });
    expect((await playFailure(context, "api lab thing")).exitCode).toBe(4);
    expect(server.requests.map(({ path }) => path)).toEqual(["/token", "/v1/thing"]);
  });
});

describe("what is printed", () => {
  it.each([
    [404, {}, 5, "http_404"],
    [403, {}, 5, "http_403"],
    [403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1893456000" }, 7, "rate_limited"],
    [
      403,
      { "www-authenticate": 'Bearer error="insufficient_scope", scope="repo"' },
      4,
      "insufficient_scope",
    ],
    [429, { "retry-after": "9" }, 7, "rate_limited"],
    [503, {}, 7, "http_503"],
  ])(
    "is the body of a %i too, and the exit code tells: %o",
    async (status, headers, exitCode, code) => {
      const { context } = await startLab({ thing: () => ({ status, headers, body: "why" }) });
      const failure = await playFailure(context, "api lab thing");
      expect(failure).toMatchObject({ exitCode, code, stdout: "why" });
      if (code === "rate_limited") expect(failure.hint).toMatch(/in 9 seconds|after 2030-01-01T/);
    },
  );

  it("is the status and the headers too with --include", async () => {
    const { context } = await startLab({
      thing: () => ({ headers: { "x-a": "b" }, body: "text" }),
    });
    const { stdout } = await play(context, "api lab thing --include");
    expect(stdout).toMatch(/^HTTP 200 OK\n([\w-]+: .+\n)*x-a: b\n([\w-]+: .+\n)*\ntext$/);
  });

  it("K08 does not move a terminal's cursor", async () => {
    const { context } = await startLab({
      thing: () => ({ body: "a\u001b[2Jb\n\tgr\u00fc\u00df ::x\r" }),
      terminal: { stdout: true },
    });
    const { stdout } = await play(context, "api lab thing");
    expect(stdout).toBe("a\\u{1b}[2Jb\n\tgr\u00fc\u00df ::x\\u{d}\n");
  });

  it("is larger than any answer of an endpoint may be", async () => {
    const { context } = await startLab({ thing: () => ({ body: "x".repeat(3_000_000) }) });
    expect((await play(context, "api lab thing")).stdout).toHaveLength(3_000_000);
  });
});

it("prints what has come, while the rest is still on its way", async () => {
  let finish = () => {};
  const slow = createServer((_, answer) => {
    answer.write("the first half, ");
    finish = () => void answer.end("the second half");
  });
  await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void slow.close());
  const { port } = slow.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const lab = { issuer: "https://lab.example", clientId: "lab-client" };
  const binding = { ...lab, tokenEndpoint: "https://lab.example/token", origins: [origin] };
  const { context } = await startLab({ changes: { binding } });
  const running = play(context, `api lab ${origin}/slow`);
  await context.stdout.until(/the first half, $/);
  finish();
  expect(await running).toMatchObject({
    exitCode: 0,
    stdout: "the first half, the second half",
  });
});

it("gives up on an answer that does not come within --timeout", async () => {
  const { context } = await startLab();
  context.clock.passSleeps((milliseconds) => milliseconds === 7000);
  expect(await playFailure(context, "api lab thing --timeout 7")).toMatchObject({
    exitCode: 7,
    code: "timeout",
  });
});
