// The help of each command; test/built/program.test.ts asks the built program for some of it.
import { expect, it } from "vitest";
import { commands } from "../src/commands/table.ts";
import { play } from "./commands/scene.ts";
import { createTestContext } from "./support/context.ts";

it.each(commands.map(({ name }) => name))("%s --help says how it is used", async (name) => {
  const context = await createTestContext();
  const { exitCode, stdout, stderr } = await play(context, `${name} --help`);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toContain(`Usage: oauth-lab ${name}`);
  expect(stdout).toContain("--json");
});

it("fits a terminal that does not know its width", async () => {
  const context = await createTestContext({ terminal: true, columns: 0 });
  const { stdout } = await play(context, "token --help");
  expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
});
