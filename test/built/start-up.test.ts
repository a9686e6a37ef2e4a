// What a start loads. A token helper runs in prompts and loops, and pays for each module on every run (docs/performance.md).
import * as fs from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { fileNameOf } from "../../src/credentials/credential-file.ts";
import { formatRecord } from "../../src/credentials/record.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { createHome, type Home, runBuilt } from "../support/built.ts";

/** The sources that `token` loads. Before a line is added: can it be imported where it is used? */
const tokenSources = [
  "src/cli.ts",
  "src/code-cache.ts",
  "src/command-line.ts",
  "src/commands/find-command.ts",
  "src/commands/fresh-credential.ts",
  "src/commands/global-options.ts",
  "src/commands/integration-rows.ts",
  "src/commands/knowledge-rows.ts",
  "src/commands/lab-rows.ts",
  "src/commands/login-rows.ts",
  "src/commands/only-key.ts",
  "src/commands/row.ts",
  "src/commands/session.ts",
  "src/commands/table.ts",
  "src/commands/token-rows.ts",
  "src/commands/token.ts",
  "src/compile-cache.ts",
  "src/credentials/atomic-file.ts",
  "src/credentials/credential-file.ts",
  "src/credentials/credential.ts",
  "src/credentials/file-store.ts",
  "src/credentials/folder.ts",
  "src/credentials/leftovers.ts",
  "src/credentials/lock-owner.ts",
  "src/credentials/lock.ts",
  "src/credentials/memory-store.ts",
  "src/credentials/private-file.ts",
  "src/credentials/record.ts",
  "src/credentials/store-error.ts",
  "src/credentials/store.ts",
  "src/credentials/turns.ts",
  "src/env-file.ts",
  "src/errors.ts",
  "src/files.ts",
  "src/flow/tokens.ts",
  "src/home-folder.ts",
  "src/main.ts",
  "src/process.ts",
  "src/providers/settings-prefix.ts",
  "src/run-command.ts",
  "src/secret.ts",
  "src/settings.ts",
  "src/streams.ts",
  "src/terminal/sanitise.ts",
  "src/terminal/terminal.ts",
  "src/terminal/wrap.ts",
  "src/version.ts",
];

/** Written to a file when the program ends: the files of ours that were loaded, and Node's public modules beyond those of every start. */
const probe = `
const { writeFileSync } = require("node:fs");
const ours = () => Object.keys(require.cache).filter((path) => !path.endsWith("probe.cjs"));
const atStart = new Set(process.moduleLoadList);
process.on("exit", () => {
  const nodes = process.moduleLoadList
    .filter((name) => !atStart.has(name) && /^NativeModule (?!internal\\/)/.test(name))
    .map((name) => name.replace("NativeModule ", ""));
  writeFileSync(process.env.PROBE_FILE, JSON.stringify({ ours: ours(), nodes }));
});`;

/** Runs the built program and tells what it loaded, the hashes of file names left out. */
async function loadedBy(
  args: readonly string[],
  home: Home,
): Promise<{ ours: string[]; nodes: string[]; stdout: string }> {
  const [program, file] = [join(home.folder, "probe.cjs"), join(home.folder, "loaded.json")];
  await fs.writeFile(program, probe);
  const env = { ...home.env, NODE_OPTIONS: `--require=${program}`, PROBE_FILE: file };
  const { code, stdout, stderr } = await runBuilt(args, { env, cwd: home.workingFolder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const loaded = JSON.parse(await fs.readFile(file, "utf8")) as { ours: string[]; nodes: string[] };
  const ours = loaded.ours.map((path) => basename(path).replace(/-[\w-]{8}\.js$/, "")).sort();
  return { ours, nodes: loaded.nodes, stdout };
}

/** The sources that importing these loads, themselves included. */
async function staticImports(entries: readonly string[]): Promise<string[]> {
  const found = new Set(entries);
  for (const source of found) {
    const text = await fs.readFile(source, "utf8");
    for (const [, path = ""] of text.matchAll(
      /^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)";/gms,
    )) {
      found.add(relative(".", resolve(dirname(source), path)));
    }
  }
  return [...found].sort();
}

it("loads no source for `token` that is not on the list", async () => {
  expect(await staticImports(["src/main.ts", "src/process.ts"])).toEqual(tokenSources);
});

describe("the built program", () => {
  it("loads one file to say its version, and nothing of Node's", async () => {
    const { ours, nodes } = await loadedBy(["--version"], await createHome());
    expect({ ours, nodes }).toEqual({ ours: ["main.js"], nodes: [] });
  });

  it("loads two files to print a stored token, and neither crypto, streams, net nor fs/promises", async () => {
    const home = await createHome();
    const credential = sampleCredential("kept", {
      provider: "github",
      expiresAt: 4_102_444_800_000,
    });
    const path = join(home.storeFolder, fileNameOf(credential));
    await fs.writeFile(path, formatRecord(credential), { mode: 0o600 });
    const { ours, nodes, stdout } = await loadedBy(["token", "github"], home);
    expect(stdout).toBe(`${credential.accessToken.reveal()}\n`);
    // With "later" in it: what `token` now runs must go from the list of that name in build.mjs. With "rolldown-runtime":
    // somebody imports with import() what is in "program"; there is no need, it is loaded already.
    expect(ours).toEqual(["main.js", "program"]);
    const [program = ""] = (await fs.readdir("dist")).filter((name) => name.startsWith("program-"));
    expect(await fs.readFile(join("dist", program), "utf8")).toMatch(/^[\0-\x7f]*$/);
    // `vm` takes compiled code; `module` holds the compile cache, where Node has one.
    expect(nodes.filter((name) => name !== "module")).toEqual(["vm"]);
  });

  it("explains itself with commander, and without the streams and child processes that it asks for", async () => {
    const { ours, nodes } = await loadedBy(["--help"], await createHome());
    expect(ours).toEqual(["help", "later", "main.js", "program", "rolldown-runtime"]);
    expect(nodes.filter((name) => name !== "module")).toEqual(["vm", "process"]);
  });
});
