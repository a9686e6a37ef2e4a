// openid-client stays behind one boundary (docs/adr/0006): read off the imports, so that no file gets at it unseen.
import * as fs from "node:fs/promises";
import { expect, it } from "vitest";

it("is imported by files of src/flow only, and its Configuration made by one", async () => {
  const files = (await fs.readdir("src", { recursive: true })).filter((name) =>
    name.endsWith(".ts"),
  );
  const texts = await Promise.all(
    files.map(async (name) => [name, await fs.readFile(`src/${name}`, "utf8")] as const),
  );
  const importers = texts.filter(([, text]) => text.includes('"openid-client"'));
  expect(importers.length).toBeGreaterThan(0);
  expect(importers.filter(([name]) => !name.startsWith("flow/")).map(([name]) => name)).toEqual([]);
  const makers = texts.filter(([, text]) => text.includes("new oidc.Configuration("));
  expect(makers.map(([name]) => name).sort()).toEqual(["flow/bound-request.ts", "flow/wire.ts"]);
});
