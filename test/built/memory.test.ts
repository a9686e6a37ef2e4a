// D14: however much a server sends, the program reads a mebibyte of it and does not grow.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { storeTokens } from "../commands/faulty-provider.ts";
import { buildProgram, runBuilt } from "../support/built.ts";
import { createTestContext } from "../support/context.ts";
import { startFaultServer } from "../support/fault-server.ts";
import type { FaultName } from "../support/faults.ts";

beforeAll(buildProgram, 60_000);

/** Refreshes at such a server, and gives the exit code and the most memory that the program had, in bytes. */
async function refreshAt(fault: FaultName): Promise<{ code: number | null; peak: number }> {
  const server = await startFaultServer(fault);
  const context = await createTestContext();
  await storeTokens({ server, context });
  const [meter, reading] = [join(context.homeFolder, "meter.cjs"), join(context.homeFolder, "rss")];
  await fs.writeFile(
    meter,
    `process.on("exit", () => require("node:fs").writeFileSync(${JSON.stringify(reading)}, String(process.resourceUsage().maxRSS)));`,
  );
  const { code } = await runBuilt(["refresh", "faulty"], {
    env: {
      OAUTH_LAB_HOME: context.storeFolder,
      NODE_OPTIONS: `--require ${meter}`,
      FAULTY_TOKEN_ENDPOINT: `${server.url}/token`,
      FAULTY_CLIENT_ID: "faulty-client",
    },
  });
  return { code, peak: Number(await fs.readFile(reading, "utf8")) * 1024 };
}

it.each<FaultName>(["huge-body", "endless-chunks", "gzip-bomb"])(
  "D14 %s takes no more memory than a short answer and some buffers",
  async (fault) => {
    const short = await refreshAt("json-empty-object");
    expect(short.code).toBe(3);
    const { code, peak } = await refreshAt(fault);
    expect(code).toBe(3);
    expect(peak - short.peak).toBeLessThan(40 * 1024 * 1024);
  },
);
