// --rotate-to of the built program with a real command: the new refresh token goes to its stdin, and stdout stays ours.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { buildProgram, createHome, runBuilt } from "../support/built.ts";
import { startProviderServer } from "../support/provider-server.ts";

beforeAll(buildProgram, 60_000);

it("writes the successor to the command's stdin, and keeps its chatter off stdout", async () => {
  const body = { access_token: "at-1234567890", token_type: "bearer", refresh_token: "rt-new" };
  const server = await startProviderServer(() => ({
    "POST /token": { name: "token", respond: () => ({ body }) },
  }));
  const { env, workingFolder } = await createHome();
  const job = {
    LAB_TOKEN_ENDPOINT: `${server.url}/token`,
    LAB_CLIENT_ID: "client",
    LAB_REFRESH_TOKEN: "rt-old",
  };
  const command = 'cat > "$PWD/kept"; printf %s "$LAB_REFRESH_TOKEN" >> "$PWD/kept"; echo chatter';
  const run = await runBuilt(["token", "lab", "--rotate-to", command], {
    env: { ...env, ...job },
    cwd: workingFolder,
  });
  expect(run).toMatchObject({ code: 0, stdout: "at-1234567890\n", stderr: "chatter\n" });
  expect(await readFile(join(workingFolder, "kept"), "utf8")).toBe("rt-new");
});
