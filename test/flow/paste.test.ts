// The prompt and the pipe: what keys and chunks become a line, what is drawn meanwhile, and how the terminal is left.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openPaste, type Paste } from "../../src/flow/paste.ts";
import { maxPasteLength } from "../../src/flow/pasted-address.ts";
import {
  createTestContext,
  type TestContext,
  type TestContextOptions,
} from "../support/context.ts";
import { hostileText } from "../support/hostile.ts";

const address = "http://127.0.0.1:8000/callback?n=1";
const controlC = "\u0003";
const controlD = "\u0004";
const controlU = "\u0015";
const backspace = "\u007f";

async function openPrompt(
  options: TestContextOptions = {},
): Promise<{ context: TestContext; paste: Paste }> {
  const context = await createTestContext({ terminal: true, ...options });
  return { context, paste: openPaste(context) };
}

/** The line that these chunks make. */
async function lineOf(...chunks: string[]): Promise<string | undefined> {
  const { context, paste } = await openPrompt();
  for (const chunk of chunks) context.stdin.type(chunk);
  const line = await paste.next();
  paste.close();
  return line;
}

/** What stands on the line of the prompt: the last thing drawn. */
function drawnLine({ stderr }: TestContext): string {
  return stderr.text.split("\r\u001b[K").at(-1) ?? "";
}

const untilDrawn = ({ stderr }: TestContext, pattern: RegExp) => stderr.until(pattern);

describe("keys at the prompt", () => {
  it.each([
    ["a typed line", ["h", "e", "llo", "\r"], "hello"],
    [
      "A04 a bracketed paste over lines",
      [`\u001b[200~${address.slice(0, 9)}\r${address.slice(9)}\u001b[201~`, "\r"],
      `${address.slice(0, 9)}\r${address.slice(9)}`,
    ],
    ["a bracketed paste and Enter in one chunk", [`\u001b[200~a\nb\u001b[201~\r`], "a\nb"],
    [
      "a bracketed paste, Enter and the next key in one chunk",
      [`\u001b[200~ab\u001b[201~\rc`],
      "ab",
    ],
    ["A04 a paste without brackets, in one chunk", ["one\rtwo\rthree\r"], "one\rtwo\rthree"],
    ["A04 such a paste, with Enter after it", ["one\ntwo", "\r"], "one\ntwo"],
    ["two pastes on one line", ["\u001b[200~a\u001b[201~", "\u001b[200~b\u001b[201~", "\r"], "ab"],
    ["backspace", [`abcd${backspace}\b`, "\r"], "ab"],
    ["backspace on nothing", [backspace, "a\r"], "a"],
    ["backspace on a character of two units", [`a\u{1f511}${backspace}\r`], "a"],
    ["Ctrl-U", [`wrong${controlU}`, "right\r"], "right"],
    [
      "keys that move a cursor, which there is none of",
      ["a\u001b[Db\u001bOPc\u001b[1;5C\t\u0001", "d\r"],
      "abcd",
    ],
    ["Ctrl-D within a line", [`ab${controlD}`, "c\r"], "abc"],
    ["Enter alone", ["\r"], ""],
    ["an end marker split over two chunks", ["\u001b[200~a\rb\u001b[20", "1~", "\r"], "a\rb"],
    ["a start marker split after its first byte", ["\u001b", "[200~a\rb\u001b[201~", "\r"], "a\rb"],
  ])("%s", async (_what, chunks, line) => {
    expect(await lineOf(...chunks)).toBe(line);
  });

  it("A33 keeps what hides in a paste, for the checks to refuse", async () => {
    const hidden = `a\u001b[31mb\u0003c${backspace}d\u0015e\u0004f`;
    expect(await lineOf(`\u001b[200~${hidden}\u001b[201~\r`)).toBe(hidden);
  });

  it("reads a paste of 6,000 characters that comes in pieces", async () => {
    const long = `${address}&x=${"x".repeat(6000)}`;
    const pieces = `\u001b[200~${long}\u001b[201~`.match(/.{1,1000}/gsu) ?? [];
    expect(await lineOf(...pieces, "\r")).toBe(long);
  });

  it("puts UTF-8 together that was split over chunks", async () => {
    const { context, paste } = await openPrompt();
    for (const byte of Buffer.from("é€🔑\r")) context.stdin.push(Buffer.from([byte]));
    expect(await paste.next()).toBe("é€🔑");
    paste.close();
  });

  it("A32 reads no further than 64 KiB, and goes on after Enter", async () => {
    const { context, paste } = await openPrompt();
    for (let piece = 0; piece < 5; piece += 1) context.stdin.type("x".repeat(maxPasteLength / 2));
    context.stdin.type("\r");
    expect(await paste.next()).toHaveLength(maxPasteLength + 1);
    context.stdin.type("again\r");
    expect(await paste.next()).toBe("again");
    paste.close();
  });

  it("gives the lines in their order, however fast they come", async () => {
    const { context, paste } = await openPrompt();
    for (const text of ["one", "\r", "two", "\r"]) context.stdin.type(text);
    expect([await paste.next(), await paste.next()]).toEqual(["one", "two"]);
    paste.close();
  });

  it("A35 ends with Ctrl-D on an empty line, and when the terminal goes away", async () => {
    expect(await lineOf(controlD)).toBeUndefined();
    const { context, paste } = await openPrompt();
    context.stdin.close();
    expect(await paste.next()).toBeUndefined();
    paste.close();
  });

  it("A35 is interrupted by Ctrl-C, which raw mode makes a key", async () => {
    await expect(lineOf("half a line", controlC)).rejects.toMatchObject({ kind: "interrupted" });
  });
});

describe("the terminal", () => {
  it("is raw with bracketed paste while the prompt is open, and as before when it closes", async () => {
    const { context, paste } = await openPrompt();
    expect(context.stdin.isRaw).toBe(true);
    expect(context.stderr.text).toContain("\u001b[?2004h");
    context.stdin.type("half a line");
    await untilDrawn(context, /11 characters/);
    paste.close();
    expect(context.stdin.rawModes).toEqual([true, false]);
    expect(context.stderr.text.endsWith("\r\u001b[K\u001b[?2004l")).toBe(true);
    expect(context.stdin.isPaused()).toBe(true);
    expect(context.stdin.listenerCount("data")).toBe(0);
  });

  it("shows where a paste leads and how long it is, but not its query", async () => {
    const { context, paste } = await openPrompt();
    context.stdin.paste(`${address}&code=secret-code-0123456789`);
    await untilDrawn(context, /characters/);
    expect(drawnLine(context)).toBe("  > http://127.0.0.1:8000/callback?… (62 characters)");
    context.stdin.type(`${controlU}code=secret-code-0123456789`);
    await untilDrawn(context, /27 characters/);
    expect(drawnLine(context)).toBe("  > … (27 characters)");
    context.stdin.type(`${controlU}4/0secret-code-0123456789`);
    await untilDrawn(context, /25 characters/);
    expect(drawnLine(context)).toBe("  > … (25 characters)");
    paste.close();
    expect(context.stderr.text).not.toContain("secret");
  });

  it("draws the line again below what is printed meanwhile", async () => {
    const { context, paste } = await openPrompt();
    context.stdin.type("http://half");
    await untilDrawn(context, /half/);
    paste.print("  Refused: another answer\n");
    expect(
      context.stderr.text.endsWith(
        "\r\u001b[K  Refused: another answer\n\r\u001b[K  > http://half… (11 characters)",
      ),
    ).toBe(true);
    paste.close();
  });

  it("is never drawn wider than it is, nor with a raw escape of what was pasted", async () => {
    const { context, paste } = await openPrompt();
    const texts = fc.oneof(
      hostileText,
      hostileText.map((text) => `http:${text}`),
    );
    const widths = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constant(undefined));
    await fc.assert(
      fc.asyncProperty(texts, widths, async (text, columns) => {
        Object.assign(context.stderr, { columns, text: "" });
        context.stdin.type(
          `${controlU}\u001b[200~${text.replaceAll("\u001b[20", "")}\u001b[201~\u0001`,
        );
        await new Promise((resolve) => setImmediate(resolve));
        const [, ...lines] = context.stderr.text.split("\r\u001b[K");
        expect(lines.length).toBeGreaterThan(0);
        for (const line of lines) {
          expect(line.replace("…", "")).toMatch(/^[ -~]*$/);
          expect(line.length).toBeLessThan(columns || 80);
        }
      }),
      { numRuns: 300 },
    );
    Object.assign(context.stderr, { columns: 100, text: "" });
    paste.close();
  });
});

describe("a pipe", () => {
  const read = async (options: TestContextOptions) => {
    const context = await createTestContext(options);
    const paste = openPaste(context);
    return { context, paste, line: await paste.next() };
  };

  it("gives one line, asks nothing and shows nothing", async () => {
    const { context, paste, line } = await read({ input: [address, "not read"] });
    expect(line).toBe(address);
    expect(paste.interactive).toBe(false);
    expect(await paste.next()).toBeUndefined();
    expect(context.stderr.text).toBe("");
    paste.close();
  });

  it.each([
    ["without a line end", address],
    ["behind empty lines", `\n\r\n${address}\n`],
    ["with Windows line ends", `${address}\r\nmore\r\n`],
  ])("gives the line %s", async (_what, input) => {
    expect((await read({ input })).line).toBe(address);
  });

  it.each([
    ["an empty one", ""],
    ["one of empty lines", "\n\r\n\n"],
  ])("A35 ends with %s", async (_what, input) => {
    expect((await read({ input })).line).toBeUndefined();
  });

  it("gives the line as soon as it is whole, though the pipe stays open", async () => {
    const { context, paste, line } = await read({ input: `${address}\n`, keepInputOpen: true });
    expect(line).toBe(address);
    expect(context.stdin.isPaused()).toBe(true);
    paste.close();
  });

  it("A32 stops reading at 64 KiB of a line that does not end", async () => {
    const context = await createTestContext({ keepInputOpen: true });
    const paste = openPaste(context);
    for (let piece = 0; piece < 4; piece += 1) context.stdin.type("x".repeat(maxPasteLength / 2));
    expect(await paste.next()).toHaveLength(maxPasteLength + 1);
    expect(context.stdin.listenerCount("data")).toBe(0);
    expect(context.stdin.readableLength).toBeGreaterThan(0);
    paste.close();
  });

  it.each([
    ["stdin is a terminal and stderr a file", { stdin: true }],
    ["stderr is a terminal and stdin a pipe", { stderr: true }],
  ])("is what it counts for where %s", async (_what, terminal) => {
    const context = await createTestContext({ terminal, keepInputOpen: true });
    const paste = openPaste(context);
    expect(paste.interactive).toBe(false);
    context.stdin.type(`${address}\n`);
    expect(await paste.next()).toBe(address);
    expect(context.stdin.rawModes).toEqual([]);
    expect(context.stderr.text).toBe("");
    paste.close();
  });
});
