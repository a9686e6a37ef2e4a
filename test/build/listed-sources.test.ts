// A source that build.mjs names for a chunk has to be one that is built.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";
import { refuseUnbuilt } from "../../build/listed-sources.mjs";
import { createHome } from "../support/built.ts";

it("fails the build for a listed source that does not exist, or that nothing imports", async () => {
  const { folder } = await createHome();
  const [entry, used, unused] = ["entry", "used", "unused"].map((name) =>
    join(folder, `${name}.mjs`),
  );
  await fs.writeFile(entry ?? "", "export { use } from './used.mjs';");
  await fs.writeFile(used ?? "", "export const use = 1;");
  await fs.writeFile(unused ?? "", "export const use = 2;");
  const { output } = await (await rolldown({ input: entry ?? "" })).generate();
  expect(() => refuseUnbuilt([entry, used], output)).not.toThrow();
  expect(() => refuseUnbuilt([used, unused], output)).toThrow(/not built: .*unused\.mjs$/);
  expect(() => refuseUnbuilt([join(folder, "none.mjs")], output)).toThrow("none.mjs");
});
