import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { run } from "../../src/cli.ts";
import type { GlobalOptions } from "../../src/commands/session.ts";
import type { Scene } from "../../src/lab/attacks/attack.ts";
import { demoAttacks } from "../../src/lab/attacks/play.ts";
import { createTestContext } from "../support/context.ts";

const options: GlobalOptions = { input: true, timeout: 30, color: true, json: true };

interface Told {
  readonly name: string;
  readonly without: { readonly succeeded: boolean };
  readonly with: { readonly succeeded: boolean; readonly outcome: string };
  readonly held: boolean;
}

/** Plays in a changed scene; gives what was told and how it ended. */
async function playChanged(change: (scene: Scene) => Scene) {
  const context = await createTestContext();
  const end = await demoAttacks(options, context, change).catch((error: unknown) => error);
  const { attacks } = JSON.parse(context.stdout.text) as { attacks: Told[] };
  return { end, attacks, fallen: attacks.filter(({ held }) => !held).map(({ name }) => name) };
}

test("plays each attack with and without its defence, in 80 columns, and leaves nothing behind", async () => {
  const context = await createTestContext();
  expect(await run(["demo", "--attacks"], context)).toBe(0);
  expect(context.stderr.text).toBe("");
  const { text } = context.stdout;
  expect(text.match(/✓ it holds/g)).toHaveLength(5);
  for (const said of [
    "Ada's program: in the end it is signed in as mallory.",
    "Ada's program: in the end it is signed in as ada.",
    "Mallory's program: it is signed in as ada.",
    "code=<Ada's>, the rest Mallory's  ->  invalid_grant",
    "Mallory's /token: no request",
    "the server has revoked what the\n            code had brought",
    "Each attack worked without its defence, and failed with it.",
  ]) {
    expect(text).toContain(said);
  }
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(await readdir(context.storeFolder)).toEqual([]);
  expect(await readdir(context.workingFolder)).toEqual([]);
});

test("says as JSON what was seen", async () => {
  const { end, attacks, fallen } = await playChanged((scene) => scene);
  expect(end).toBeUndefined();
  expect(fallen).toEqual([]);
  expect(attacks.map(({ name }) => name)).toEqual([
    "login-csrf",
    "code-injection",
    "mix-up",
    "code-replay",
    "refresh-token-theft",
  ]);
});

test("fails where the client compares neither state nor iss", async () => {
  const { end, fallen } = await playChanged((scene) => ({
    ...scene,
    carefulProgram: () => scene.carelessProgram({ usesPkce: true }),
  }));
  expect(fallen).toEqual(["login-csrf", "mix-up"]);
  expect(end).toMatchObject({
    kind: "bug",
    code: "defence_failed",
    message: "The demo did not hold: login-csrf, mix-up.",
  });
});

test("fails where the server forgets used codes and lets refresh tokens stay", async () => {
  const { end, attacks, fallen } = await playChanged((scene) => ({
    ...scene,
    carefulServer: scene.carelessServer,
  }));
  expect(fallen).toEqual(["code-replay", "refresh-token-theft"]);
  expect(end).toMatchObject({ kind: "bug", code: "defence_failed" });
  expect(attacks.at(-1)?.with.outcome).toContain("nobody notices");
});

test("fails where nobody uses PKCE", async () => {
  const { fallen } = await playChanged((scene) => ({
    ...scene,
    carefulServer: scene.carelessServer,
    carefulProgram: () => scene.carelessProgram(),
  }));
  expect(fallen).toContain("code-injection");
});

test("fails where an attack does not even work without the defence, since that shows nothing", async () => {
  const { end, fallen } = await playChanged((scene) => ({
    ...scene,
    carelessProgram: () => scene.carefulProgram(),
  }));
  expect(fallen).toEqual(["login-csrf", "code-injection", "mix-up"]);
  expect(end).toMatchObject({ code: "defence_failed" });
});
