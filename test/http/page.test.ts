import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { html, mark, renderPage } from "../../src/http/page.ts";
import { pageStyle } from "../../src/http/page-style.ts";

describe("the html template", () => {
  it("escapes text in content and in attributes of either quote", () => {
    const text = `<b>&"'`;
    expect(html`<p title="${text}">${text}</p>`.toString()).toBe(
      '<p title="&#60;b&#62;&#38;&#34;&#39;">&#60;b&#62;&#38;&#34;&#39;</p>',
    );
  });

  it("leaves markup that it made itself, alone or in a list, and numbers", () => {
    const items = ["a", "<b>"].map((item) => html`<li>${item}</li>`);
    expect(html`<ul>${items}</ul>${html`<br>`}${7}`.toString()).toBe(
      "<ul><li>a</li><li>&#60;b&#62;</li></ul><br>7",
    );
  });
});

describe("a rendered page", () => {
  const page = renderPage({ title: "<T>", body: html`<h1>H</h1>` });

  it("frames the body and escapes the title", () => {
    expect(page.status).toBe(200);
    expect(page.body).toContain("<title>&#60;T&#62; · oauth-lab</title>");
    expect(page.body).toContain("<main><h1>H</h1></main>");
    expect(page.body).not.toContain('class="badge"');
  });

  it("allows the style it carries by its hash, and nothing else", () => {
    const style = /<style>(.*)<\/style>/s.exec(page.body)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page.headers["content-security-policy"]).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`,
    );
  });

  it("takes a status, a badge and the targets of its forms", () => {
    const other = renderPage({
      title: "T",
      body: mark("bad"),
      status: 400,
      badge: "sandbox",
      formTargets: ["'self'", "http://127.0.0.1:1"],
    });
    expect(other.status).toBe(400);
    expect(other.body).toContain('<span class="badge">sandbox</span>');
    expect(other.headers["content-security-policy"]).toContain(
      "form-action 'self' http://127.0.0.1:1;",
    );
  });
});

describe("the colours", () => {
  const [light, dark] = pageStyle.split("prefers-color-scheme: dark").map(readColours);

  it.each([
    ["light", light],
    ["dark", dark],
  ])("of the %s scheme have the contrast that text needs (WCAG AA)", (_name, colours) => {
    const pairs = [
      ["text", "card"],
      ["text", "ground"],
      ["text", "tint"],
      ["quiet", "card"],
      ["quiet", "ground"],
      ["quiet", "tint"],
      ["accent", "card"],
      ["accent", "tint"],
      ["on-accent", "accent"],
      ["bad", "bad-tint"],
    ] as const;
    for (const [front, back] of pairs) {
      const ratio = contrast(colours?.get(front), colours?.get(back));
      expect(ratio, `${front} on ${back}`).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(colours?.get("edge"), colours?.get("card"))).toBeGreaterThanOrEqual(3);
  });
});

/** The custom properties of the first rule in this part of the style sheet. */
function readColours(style: string): Map<string, string> {
  const rule = /:root \{([^}]*)\}/.exec(style)?.[1] ?? "";
  return new Map(
    [...rule.matchAll(/--([\w-]+): #(\w{6})/g)].map(([, name = "", hex = ""]) => [name, hex]),
  );
}

/** The contrast ratio of WCAG 2.2. */
function contrast(one = "", other = ""): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((start) => {
    const channel = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
