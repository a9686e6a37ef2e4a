// What people read, in the terminal that they have.
import { describe, expect, it } from "vitest";
import { Terminal } from "../../src/terminal/terminal.ts";
import { RecordedOutput } from "../support/streams.ts";

/** A terminal so wide, or a pipe, and what is written to its stderr. */
function createTerminal(columns?: number, env: Record<string, string> = { NO_COLOR: "1" }) {
  const isTTY = columns !== undefined;
  const [stdout, stderr] = [0, 0].map(() => new RecordedOutput({ isTTY, columns: columns ?? 0 }));
  if (stdout === undefined || stderr === undefined) throw new Error("two outputs");
  const manner = { quiet: false, json: false, color: true };
  return { terminal: new Terminal(manner, { stdout, stderr, env }), stderr };
}

const story = "  Copy the whole address that the browser ends on, even if the page fails to load.";

describe("a line of the story", () => {
  it("breaks at spaces where the terminal ends, and keeps its indent", () => {
    const { terminal, stderr } = createTerminal(40);
    terminal.say(story);
    expect(stderr.text).toBe(`  Copy the whole address that the
  browser ends on, even if the page
  fails to load.
`);
  });

  it("stays one line where it fits, in a pipe, and where a terminal does not know its width", () => {
    const fitting = story.slice(0, 79);
    const { terminal: unknowing, stderr: shown } = createTerminal(0);
    unknowing.say(fitting);
    expect(shown.text).toBe(`${fitting}\n`);
    for (const columns of [100, undefined]) {
      const { terminal, stderr } = createTerminal(columns);
      terminal.say(story);
      expect(stderr.text).toBe(`${story}\n`);
    }
  });

  it("counts no colours", () => {
    const { terminal, stderr } = createTerminal(40, { FORCE_COLOR: "1" });
    terminal.step("Step 3  Exchange the code", "back");
    terminal.say(`  ${terminal.style("green", "a line of exactly forty columns, green")}`);
    expect(stderr.text.split("\n")).toHaveLength(3);
    expect(stderr.text).toContain("\u001b[32m");
  });

  it("does not break a word, such as an address", () => {
    const address = `http://127.0.0.1:8000/callback/${"x".repeat(60)}`;
    const { terminal, stderr } = createTerminal(40);
    terminal.say(`  Waiting on ${address} …`);
    expect(stderr.text.split("\n")).toContain(`  ${address}`);
  });
});

it("a failure and a note break at spaces, too", () => {
  const { terminal, stderr } = createTerminal(40);
  terminal.warn("The token ends soon, and nothing can renew it.");
  terminal.fail({ kind: "usage", code: "x", message: story.trim(), hint: story.trim() });
  expect(Math.max(...stderr.text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(40);
  expect(stderr.text.replace(/\s+/g, " ")).toBe(
    `Note: The token ends soon, and nothing can renew it. Error: ${story.trim()}${story.slice(1)} `,
  );
});
