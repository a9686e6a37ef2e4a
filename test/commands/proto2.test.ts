import { it } from "vitest";
import { faults, type FaultName } from "../support/faults.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { playFailure, storeSnapshot } from "./scene.ts";
const rows: string[] = [];
it.each(Object.keys(faults) as FaultName[])("%s", async (name) => {
  for (const line of ["login faulty", "refresh faulty"]) {
    const provider = await startFaultyProvider(name);
    const { server, context } = provider;
    context.printsToken();
    if (line.startsWith("refresh")) await storeTokens(provider);
    const before = await storeSnapshot(context);
    const running = playFailure(context, line).catch((error) => ({ exitCode: 0, code: error.message.slice(0, 600), kind: "", message: "", hint: "" }));
    if (["no-answer", "stalls-after-headers", "drips"].includes(name)) { await server.untilRequests(1); await context.clock.advance(30_000); }
    const t = performance.now();
    const r = await running;
    rows.push(`${name} | ${line} | ${r.exitCode} ${r.kind} ${r.code} | ${r.message} | ${r.hint} | req ${server.requests.length} elsewhere ${server.elsewhereRequests.length} same ${JSON.stringify(before) === JSON.stringify(await storeSnapshot(context))} ${Math.round(performance.now() - t)}`);
  }
});
it("report", () => console.log(rows.join("\n")));
