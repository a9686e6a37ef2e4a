// What docs/performance.md quotes. Prints one table and writes the figures as JSON; takes some minutes.
//   npm run bench -- [--node 24 | --node path]… [--runs 21] [--json file] [--write docs/performance.md]
// Without --node: lines 20, 22, 24 and 26, by way of npx. Wants bash; GNU time for memory. What fails is told and left out.
import { execFileSync, spawn } from "node:child_process";
import { access, mkdir, writeFile } from "node:fs/promises";
import { cpus, release } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compare, median, timeCrowd } from "./measure.mjs";
import { findNodes } from "./nodes.mjs";
import { refreshPeers, tokenPeers } from "./peers.mjs";
import { formatTable, writeBetweenMarks } from "./report.mjs";
import { makeHome, startTokenServer, withFolder } from "./scene.mjs";

const program = resolve("dist/main.js");
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "21" },
    node: { type: "string", multiple: true, default: ["20", "22", "24", "26"] },
    json: { type: "string", default: "bench/results.json" },
    write: { type: "string" },
  },
});
const runs = Number(values.runs);

/** A row of the table; `limit` is a number that `figure` must not pass. */
function row(name, { figure, limit, shown, raw }) {
  const missed = limit !== undefined && figure > limit;
  return { name, figure, limit, shown, missed, ...(raw && { raw }) };
}

function ratioRow(name, raw, limit) {
  const shown = `${raw.wallRatio.toFixed(2)} (${raw.wallMilliseconds.toFixed(0)} ms)`;
  return row(name, { figure: raw.wallRatio, limit, shown, raw });
}

const bareNode = (node, home) => ({ name: "`node -e 0`", command: [node, "-e", "0"], ...home });

/** The commands that load nothing but themselves, against a Node that does nothing. */
async function startUp({ node, line, folder, isFirst }) {
  const home = await makeHome(join(folder, "start-up"), { count: 1 });
  const own = [["--version"], ["token", "github"], ["--help"]].map((args) => ({
    name: args.join(" "),
    command: [node, program, ...args],
    ...home,
  }));
  const peers = isFirst ? await tokenPeers(home) : [];
  const measured = await compare([bareNode(node, home), ...own, ...peers], { runs });
  const [bare, version, token, help, ...others] = measured;
  return [
    row("`node -e 0`", { shown: `${bare.wallMilliseconds.toFixed(0)} ms`, raw: bare }),
    ratioRow("`--version`", version, 1.15),
    ratioRow("`token`, stored", token, line === 20 ? 1.35 : 1.25),
    row("its peak memory", {
      figure: token.peakRatio,
      limit: 1.15,
      shown: token.peakRatio
        ? `${token.peakRatio.toFixed(2)} (${token.peakMebibytes.toFixed(0)} MiB)`
        : "",
    }),
    ratioRow("`--help`", help, 1.5),
    ...others.map((peer) => ratioRow(peer.name, peer)),
  ];
}

/** A refresh, against the least that a script could do. */
async function refresh({ node, folder, isFirst }) {
  const server = await startTokenServer();
  try {
    const home = await makeHome(join(folder, "refresh"), { count: 1, server });
    const bare = `fetch(${JSON.stringify(server.tokenEndpoint)}, { method: "POST", body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: "r", client_id: "bench" }) }).then((answer) => answer.json())`;
    const commands = [
      { name: "one fetch", command: [node, "-e", bare], ...home },
      { name: "refresh", command: [node, program, "refresh", "lab"], ...home },
      ...(isFirst ? await refreshPeers(home, server.tokenEndpoint) : []),
    ];
    const [fetched, refreshed, ...others] = await compare(commands, { runs });
    return [
      row("`node`, one `fetch` POST", {
        shown: `${fetched.wallMilliseconds.toFixed(0)} ms`,
        raw: fetched,
      }),
      ratioRow("`refresh`", refreshed, 1.6),
      ...others.map((peer) => ratioRow(peer.name, peer)),
    ];
  } finally {
    server.close();
  }
}

/** `token` and `status` beside many other credentials. */
async function scale({ node, folder }) {
  const homes = [];
  for (const count of [1, 100, 10_000]) {
    homes.push([count, await makeHome(join(folder, `store-${count}`), { count })]);
  }
  const tokens = homes.map(([count, home]) => ({
    name: String(count),
    command: [node, program, "token", "github"],
    ...home,
  }));
  const [, hundred, most] = await compare(tokens, { runs });
  const [, largest] = homes.at(-1);
  const command = [node, program, "status"];
  const [status] = await compare([{ name: "status", command, ...largest }], { runs: 5 });
  return [
    ratioRow("`token` beside 100 credentials, to beside none", hundred, 1.05),
    ratioRow("`token` beside 10,000", most, 1.05),
    row("`status` of 10,000", {
      figure: status.wallMilliseconds / 1000,
      limit: 1.5,
      shown: `${(status.wallMilliseconds / 1000).toFixed(2)} s`,
      raw: status,
    }),
    row("its peak memory, MiB", {
      figure: status.peakMebibytes,
      limit: 120,
      shown: status.peakMebibytes?.toFixed(0) ?? "",
    }),
  ];
}

async function hundredAtOnce({ node, folder }) {
  const home = await makeHome(join(folder, "crowd"), { count: 1 });
  const token = { command: [node, program, "token", "github"], ...home };
  const rounds = [];
  for (let round = 0; round < 5; round += 1) {
    const bare = await timeCrowd(bareNode(node, home), 100);
    rounds.push([bare, await timeCrowd(token, 100)]);
  }
  const raw = {
    wallMilliseconds: 1000 * median(rounds.map(([, ours]) => ours)),
    wallRatio: median(rounds.map(([bare, ours]) => ours / bare)),
  };
  return [ratioRow("100 × `token` at once, to 100 × `node -e 0`", raw, 1.3)];
}

/** From the start of the program to its address on stdout. */
async function sandboxUp({ node, folder }) {
  const home = await makeHome(join(folder, "sandbox"), { count: 0 });
  const seconds = [];
  for (let round = 0; round < 5; round += 1) {
    const start = process.hrtime.bigint();
    const child = spawn(node, [program, "sandbox", "--port", "0"], { ...home });
    const ended = new Promise((resolved) => child.once("close", resolved));
    await Promise.race([
      new Promise((told) => child.stdout.once("data", told)),
      ended.then((code) => {
        throw new Error(`the sandbox ended with ${code}`);
      }),
    ]);
    seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
    child.kill("SIGTERM");
    await ended;
  }
  const figure = median(seconds);
  return [row("`sandbox` is up after", { figure, limit: 1, shown: `${figure.toFixed(2)} s` })];
}

/** What a user downloads. The same for every Node. */
function packageSize() {
  const npm = (...args) => execFileSync("npm", args, { encoding: "utf8" });
  const [{ size }] = JSON.parse(npm("pack", "--dry-run", "--ignore-scripts", "--json"));
  const packages = npm("ls", "--omit=dev", "--all", "--parseable").trim().split("\n").length - 1;
  return [
    row("the package, kB", { figure: size / 1000, limit: 400, shown: (size / 1000).toFixed(0) }),
    row("packages that it brings", { figure: packages, limit: 60, shown: String(packages) }),
  ];
}

/** Rows of one part; where it fails they are missing, and it is told. */
async function attempt(part, place) {
  process.stderr.write(`${place?.version ?? "package"}: ${part.name}\n`);
  try {
    return (await part(place)).map((one) => ({ ...one, node: place?.version }));
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`  failed: ${error instanceof Error ? error.message : error}\n`);
    return [];
  }
}

await access(program).catch(() => {
  throw new Error("There is no build: run npm ci first.");
});
const nodes = findNodes(values.node);
const rows = [];
await withFolder(async (folder) => {
  for (const [index, { path, version }] of nodes.entries()) {
    const own = join(folder, String(index));
    await mkdir(own);
    const place = { node: path, version, line: Number.parseInt(version, 10), folder: own };
    for (const part of [startUp, refresh, hundredAtOnce, scale, sandboxUp]) {
      rows.push(...(await attempt(part, { ...place, isFirst: index === 0 })));
    }
  }
});
rows.push(...(await attempt(packageSize)));

const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, ${process.platform} ${release()}`;
const date = new Date().toISOString().slice(0, 10);
const table = formatTable(
  rows,
  nodes.map(({ version }) => version),
);
const text = `Measured on ${date}, ${machine}; medians of ${runs} runs. A figure that misses its limit is bold.\n\n${table}`;
await writeFile(values.json, `${JSON.stringify({ date, machine, runs, rows }, null, 2)}\n`);
if (values.write) await writeBetweenMarks(values.write, text);
process.stdout.write(`${text}\n`);
