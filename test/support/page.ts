// What a browser makes of an answer: its forms and controls. Good for pages of our own making, not for the web.

interface Control {
  readonly kind: "field" | "choice" | "button";
  readonly name: string | undefined;
  readonly value: string;
  /** A button's text, or the text of the label around a choice. */
  readonly label: string;
  readonly checked: boolean;
}

export interface Form {
  readonly action: string;
  readonly method: string;
  readonly controls: readonly Control[];
}

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly html: string;
  readonly forms: readonly Form[];
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescapeHtml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return decimal ? String.fromCodePoint(Number(decimal)) : (entities[name] ?? whole);
  });
}

/** The text of a piece of HTML, as a person reads it. */
function textOf(html: string): string {
  return unescapeHtml(html.replace(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/g, " "))
    .replace(/\s+/g, " ")
    .trim();
}

function attributes(tag: string): Record<string, string> {
  const found = tag.matchAll(/\s([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g);
  return Object.fromEntries(
    [...found].map(([, key = "", ...values]) => [
      key.toLowerCase(),
      unescapeHtml(values.find((value) => value !== undefined) ?? ""),
    ]),
  );
}

function control(tag: string, around: string): Control {
  const { name, value = "", type = "text", checked, ...rest } = attributes(tag);
  const button = /^<button/i.test(tag) || type === "submit";
  const choice = type === "radio" || type === "checkbox";
  const label = /^<button/i.test(tag) ? around : button ? value : (rest["aria-label"] ?? around);
  return {
    kind: button ? "button" : choice ? "choice" : "field",
    name,
    value: choice && value === "" ? "on" : value,
    label: textOf(label),
    checked: checked !== undefined,
  };
}

function controls(html: string): Control[] {
  const tags = html.matchAll(/<button\b[^>]*>([\s\S]*?)<\/button>|<input\b[^>]*>/gi);
  return [...tags].map((match) => {
    const tag = /^<[^>]*>/.exec(match[0])?.[0] ?? "";
    return control(tag, match[1] ?? labelAround(html, match.index));
  });
}

function labelAround(html: string, at: number): string {
  const start = html.lastIndexOf("<label", at);
  const end = html.indexOf("</label>", at);
  const isInside = start !== -1 && end !== -1 && html.lastIndexOf("</label>", at) < start;
  return isInside ? html.slice(start, end) : "";
}

/** The forms of a page, each with its controls in order. */
export function parseForms(html: string): Form[] {
  return [...html.matchAll(/<form\b[^>]*>([\s\S]*?)<\/form>/gi)].map(([whole, inside = ""]) => {
    const { action = "", method = "get" } = attributes(/^<[^>]*>/.exec(whole)?.[0] ?? "");
    return { action, method: method.toUpperCase(), controls: controls(inside) };
  });
}
