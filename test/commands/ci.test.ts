// ci: whose job is printed, and what cannot get into its script.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { createTestContext } from "../support/context.ts";
import { play, playFailure, storeOf } from "./scene.ts";

const systems = ["github", "gitlab"];
const hostile = [
  "https://api.github.com/$(id>&2);echo",
  "https://api.github.com/$HOME",
  "https://api.github.com/'x",
];

it.each(systems)(
  "the job of ci %s takes nothing from the folder that it is made in",
  async (system) => {
    const context = await createTestContext();
    await writeFile(join(context.workingFolder, ".env"), `GITHUB_API_URL=${hostile[0]}\n`);
    const { exitCode, stdout } = await play(context, `ci ${system} github`);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain("id>");
    expect(stdout).toContain('--header @- "https://api.github.com/user"');
  },
);

it.each(systems)(
  "the job of ci %s holds no address that a shell reads more into",
  async (system) => {
    for (const address of hostile) {
      const context = await createTestContext({ env: { GITHUB_API_URL: address } });
      expect(await playFailure(context, `ci ${system} github`)).toMatchObject({
        exitCode: 2,
        code: "address_unquotable",
        stdout: "",
      });
    }
  },
);

it.each(systems)(
  "ci %s alone is for the only stored credential, else for Google",
  async (system) => {
    const context = await createTestContext();
    const made = (stdout: string) => stdout.split("\n")[0];
    const line = (name: string) =>
      `# Made by \`oauth-lab ci ${system} ${name}\`; the last word chooses the provider.`;
    expect(made((await play(context, `ci ${system}`)).stdout)).toBe(line("google"));
    const store = storeOf(context);
    await store.save(sampleCredential("one", { provider: "github" }));
    expect(made((await play(context, `ci ${system}`)).stdout)).toBe(line("github"));
    await store.save(sampleCredential("one", { provider: "google" }));
    expect(await playFailure(context, `ci ${system}`)).toMatchObject({
      exitCode: 2,
      code: "provider_needed",
    });
  },
);
