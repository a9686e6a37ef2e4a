import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { TestBrowser } from "./browser.ts";
import { signIn } from "./sign-in.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(handler: Handler): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("keeps cookies over redirects, by path, and drops those that expire", async () => {
  const cookies: Record<string, string | undefined> = {};
  const url = await serve(({ url: path = "", headers }, response) => {
    cookies[path] = headers.cookie;
    if (path === "/start") {
      const set = ["a=1; Path=/; HttpOnly", "b=2; Path=/deep", "c=3"];
      response.writeHead(302, { "set-cookie": set, location: "/deep/page" }).end();
    } else if (path === "/deep/page") {
      response.writeHead(303, { "set-cookie": "a=; Path=/; Max-Age=0", location: "/end" }).end();
    } else response.end("<p>end");
  });
  const { address, path } = await new TestBrowser().open(`${url}/start`);
  expect(address.pathname).toBe("/end");
  expect(path.map(({ pathname }) => pathname)).toEqual(["/start", "/deep/page", "/end"]);
  expect(cookies).toEqual({ "/start": undefined, "/deep/page": "b=2; a=1; c=3", "/end": "c=3" });
});

it("sends the headers of a navigation", async () => {
  let headers: IncomingMessage["headers"] = {};
  const url = await serve((request, response) => {
    headers = request.headers;
    response.end();
  });
  await new TestBrowser().open(url);
  expect(headers).toMatchObject({
    host: new URL(url).host,
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "sec-fetch-site": "none",
  });
});

const consentPage = `
  <form method="post" action="/decide"><input type="hidden" name="csrf" value="&quot;x&amp;y&quot;">
  <label><input type="radio" name="user" value="ada"> Ada</label>
  <label><input type="radio" name="user" value="grace" checked> Grace</label>
  <input name="note"><button name="decision" value="yes">Allow</button>
  <button name="decision" value="no">Deny</button></form>`;

it("fills forms in: hidden fields, one choice of several, the pressed button only", async () => {
  let body = "";
  const url = await serve((request, response) => {
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => response.end(request.method === "GET" ? consentPage : "done"));
  });
  const browser = new TestBrowser();
  const { page } = await browser.open(url);
  const form = page?.forms[0];
  if (!page || !form) throw new Error("no form");
  await browser.submit(page, form, { press: /deny/i, choose: /ada/i, fields: { note: "hi" } });
  expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
    csrf: '"x&y"',
    user: "ada",
    note: "hi",
    decision: "no",
  });
});

it.each([
  ["forbids", "form-action 'self'", /forbids/],
  ["allows", "default-src 'none'; form-action 'self' http://127.0.0.1:*", undefined],
])("%s a redirect of a form as the page's CSP says", async (_verb, policy, refusal) => {
  const client = await serve((_request, response) => response.end("client"));
  const url = await serve((request, response) => {
    if (request.method === "POST") response.writeHead(303, { location: client }).end();
    else response.setHeader("content-security-policy", policy).end(consentPage);
  });
  const browser = new TestBrowser();
  const { page } = await browser.open(url);
  const form = page?.forms[0];
  if (!page || !form) throw new Error("no form");
  const submitted = browser.submit(page, form);
  if (refusal) await expect(submitted).rejects.toThrow(refusal);
  else expect((await submitted).page?.html).toBe("client");
});

it("signs in and decides, and returns the address that cannot be loaded", async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    if (request.url?.startsWith("/authorize"))
      response.end(
        '<form method="post" action="/user"><button name="as" value="ada">Ada</button></form>',
      );
    else if (request.url === "/user") response.end(consentPage);
    else
      request.on("data", (chunk) => {
        seen.push(String(chunk));
        response.writeHead(303, { location: "https://localhost:8000/callback?code=1" }).end();
      });
  });
  const query = new URLSearchParams({ redirect_uri: "https://localhost:8000/callback" });
  const watched: string[] = [];
  const visit = await signIn(`${url}/authorize?${query}`, {
    decision: "deny",
    watch: (address) => watched.push(address),
  });
  expect(visit.address.href).toBe("https://localhost:8000/callback?code=1");
  expect(visit.page).toBeUndefined();
  expect(seen[0]).toContain("decision=no");
  expect(watched.at(-1)).toBe(visit.address.href);
});

it("asks for the favicon as an image and pre-connects in silence", async () => {
  const modes: unknown[] = [];
  const url = await serve(({ headers, url: path }, response) => {
    modes.push([path, headers["sec-fetch-dest"]]);
    response.writeHead(404).end();
  });
  const browser = new TestBrowser();
  const socket = await browser.preconnect(url);
  expect(await browser.requestFavicon(url)).toBe(404);
  expect(modes).toEqual([["/favicon.ico", "image"]]);
  expect(socket.bytesWritten).toBe(0);
});
