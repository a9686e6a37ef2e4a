// What docs/performance.md quotes: npm run bench -- [--runs 21] [--node path/to/node]… [--json file]
// Prints one table and writes the figures as JSON. The build has to be there; bash and GNU time measure.
import { spawn } from "node:child_process";
import { access, mkdir, writeFile } from "node:fs/promises";
import { cpus, release } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compare, median } from "./measure.mjs";
import { makeHome, startTokenServer, withFolder } from "./scene.mjs";

const program = resolve("dist/main.js");
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "21" },
    node: { type: "string", multiple: true, default: [process.execPath] },
    json: { type: "string", default: "bench/results.json" },
  },
});
const runs = Number(values.runs);

/** The commands that load nothing but themselves, against a Node that does nothing. */
async function startUp(node, home) {
  return compare(
    [
      { name: "node -e 0", command: [node, "-e", "0"], ...home },
      ...[["--version"], ["token", "github"], ["--help"]].map((args) => ({
        name: args.join(" "),
        command: [node, program, ...args],
        ...home,
      })),
    ],
    { runs },
  );
}

/** A refresh, against the least that a script could do. */
async function refresh(node, folder) {
  const server = await startTokenServer();
  try {
    const home = await makeHome(join(folder, "refresh"), { count: 1, server });
    const bare = `fetch(${JSON.stringify(server.tokenEndpoint)}, { method: "POST", body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: "r", client_id: "bench" }) }).then((answer) => answer.json())`;
    return await compare(
      [
        { name: "node, one fetch POST", command: [node, "-e", bare], ...home },
        { name: "refresh lab", command: [node, program, "refresh", "lab"], ...home },
      ],
      { runs },
    );
  } finally {
    server.close();
  }
}

/** `token` and `status` beside many other credentials. */
async function scale(node, folder) {
  const homes = [];
  for (const count of [1, 100, 10_000]) {
    homes.push([count, await makeHome(join(folder, `store-${count}`), { count })]);
  }
  const token = homes.map(([count, home]) => ({
    name: `token, ${count} stored`,
    command: [node, program, "token", "github"],
    ...home,
  }));
  const [, largest] = homes.at(-1);
  const status = { name: "status, 10000 stored", command: [node, program, "status"], ...largest };
  return [...(await compare(token, { runs })), ...(await compare([status], { runs: 5 }))];
}

/** Wall seconds until so many processes that were started at once have ended. */
async function crowd(command, { count, home }) {
  const start = process.hrtime.bigint();
  const ends = Array.from({ length: count }, () => {
    const [file, ...args] = command;
    const child = spawn(file, args, { ...home, stdio: "ignore" });
    return new Promise((ended) => child.once("close", ended));
  });
  const failed = (await Promise.all(ends)).filter((code) => code !== 0).length;
  if (failed > 0) throw new Error(`${failed} of ${count} failed: ${command.join(" ")}`);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

async function hundredAtOnce(node, home) {
  const rounds = [];
  for (let round = 0; round < 5; round += 1) {
    const bare = await crowd([node, "-e", "0"], { count: 100, home });
    rounds.push([bare, await crowd([node, program, "token", "github"], { count: 100, home })]);
  }
  return [
    {
      name: "100 x token at once",
      wallMilliseconds: 1000 * median(rounds.map(([, ours]) => ours)),
      wallRatio: median(rounds.map(([bare, ours]) => ours / bare)),
    },
  ];
}

/** Other programs that give a script a token, where they are installed. */
async function peers(node, home) {
  const known = [
    ["gh", ["gh", "auth", "token"]],
    ["oidc-token", ["oidc-token", "--version"]],
    ["python3", ["python3", "-c", "import requests_oauthlib"]],
    ["python3", ["python3", "-c", "import google_auth_oauthlib"]],
  ];
  const rows = [];
  for (const [, command] of known) {
    const env = { ...home.env, GH_TOKEN: "gho_bench" };
    const bare = { name: "node -e 0", command: [node, "-e", "0"], ...home };
    const peer = { name: command.join(" "), command, cwd: home.cwd, env };
    rows.push(...(await compare([bare, peer], { runs }).catch(() => [])).slice(1));
  }
  return rows;
}

async function benchNode(node, folder) {
  const version = await versionOf(node);
  await mkdir(folder);
  const home = await makeHome(join(folder, "start-up"), { count: 1 });
  const parts = [startUp, hundredAtOnce].map((part) => () => part(node, home));
  const own = [refresh, scale].map((part) => () => part(node, folder));
  const rows = [];
  for (const part of [...parts, ...own]) {
    for (const row of await part()) rows.push({ node: version, ...row });
  }
  return rows;
}

function versionOf(node) {
  const child = spawn(node, ["--version"], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolved, reject) => {
    child.once("error", reject);
    child.stdout.once("data", (text) => resolved(String(text).trim()));
  });
}

function table(rows) {
  const number = (value, digits) => (value === undefined ? "" : value.toFixed(digits));
  const lines = rows.map((row) => [
    row.node,
    row.name,
    number(row.cpuMilliseconds, 0),
    number(row.cpuRatio, 2),
    number(row.wallMilliseconds, 0),
    number(row.wallRatio, 2),
    number(row.peakMebibytes, 0),
    number(row.peakRatio, 2),
  ]);
  const head = ["Node", "command", "CPU ms", "ratio", "wall ms", "ratio", "peak MiB", "ratio"];
  const rule = head.map((_, column) => (column < 2 ? "---" : "--:"));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

await access(program);
const rows = await withFolder(async (folder) => {
  const all = [];
  for (const [index, node] of values.node.entries()) {
    all.push(...(await benchNode(resolve(node), join(folder, `node-${index}`))));
  }
  const home = await makeHome(join(folder, "peers"), { count: 1 });
  const others = await peers(resolve(values.node[0]), home);
  return [...all, ...others.map((row) => ({ node: "", ...row }))];
});
const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${process.platform} ${release()}`;
const result = { date: new Date().toISOString().slice(0, 10), machine, runs, rows };
await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`${result.date}, ${machine}, medians of ${runs}\n\n${table(rows)}\n`);
