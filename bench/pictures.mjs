// Makes the README's pictures out of one real login: the built program in a pseudo-terminal, Chromium as its browser.
// Run it as `node bench/pictures.mjs` after a build; CHROMIUM names the browser where it is not /usr/bin/chromium.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";
import { chromium } from "playwright-core";

const columns = 100;
const cell = { width: 8.4, height: 20 };
const margin = { side: 22, top: 46, bottom: 20 };
const colours = { 36: "cyan", 32: "green", 33: "yellow", 31: "red" };

const folder = await mkdtemp(join(tmpdir(), "oauth-lab-pictures-"));
try {
  const shown = await logIn(["login", "sandbox"]);
  const rows = layOut(`\u001b[32m$\u001b[39m npx oauth-lab login sandbox\r\n${shown}`);
  await writeFile("docs/images/login.svg", draw(rows));
  const report = join(folder, "lab.html");
  await withGitHubSandbox((env) => logIn(["login", "github", "--report", report], env));
  await photographReport(report);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Runs the program and approves in the browser as Ada; returns all bytes that the terminal got. */
async function logIn(args, more = {}) {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TERM: "xterm-256color",
    OAUTH_LAB_STORE: "file",
  };
  // The program starts a browser that does nothing; Chromium below takes its place.
  const desktop = { DISPLAY: ":0", BROWSER: "true" };
  const terminal = spawn(process.execPath, ["dist/main.js", ...args], {
    cols: columns,
    rows: 40,
    env: { ...env, ...desktop, ...more },
  });
  let bytes = "";
  const address = new Promise((resolve) => {
    terminal.onData((data) => {
      bytes += data;
      const text = stripVTControlCharacters(bytes);
      const [url] = /http:\/\/127\.0\.0\.1:\d+\/\S*\?response_type=\S+/.exec(text) ?? [];
      if (url && text.includes("> ")) resolve(url);
    });
  });
  const ended = new Promise((resolve) => {
    terminal.onExit(({ exitCode }) => resolve(exitCode));
  });
  await approve(await address);
  const exitCode = await ended;
  if (exitCode !== 0) throw new Error(`the login ended with ${exitCode}:\n${bytes}`);
  return bytes;
}

async function approve(url) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({
      viewport: { width: 560, height: 400 },
      deviceScaleFactor: 2,
    });
    await page.goto(url);
    await page.getByRole("button", { name: "Ada" }).click();
    await page.getByRole("button", { name: "Allow" }).waitFor();
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `docs/images/consent-${colorScheme}.png`, fullPage: true });
    }
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByText("You are signed in").waitFor();
  } finally {
    await browser.close();
  }
}

/** Runs the sandbox as GitHub, and work with the settings that it names. */
async function withGitHubSandbox(work) {
  const sandbox = spawn(
    process.execPath,
    ["dist/main.js", "sandbox", "--as", "github", "--port", "0"],
    {
      env: { PATH: process.env.PATH, HOME: folder },
    },
  );
  let bytes = "";
  const ready = new Promise((resolve) => {
    sandbox.onData((data) => {
      bytes += data;
      if (bytes.includes("login github")) resolve();
    });
  });
  const ended = new Promise((resolve) => sandbox.onExit(resolve));
  await ready;
  try {
    const settings = stripVTControlCharacters(bytes).matchAll(/(GITHUB_\w+)=(\S+)/g);
    await work(Object.fromEntries([...settings].map(([, key, value]) => [key, value])));
  } finally {
    sandbox.kill();
    await ended;
  }
}

/** The report's diagram, by day and by night. */
async function photographReport(path) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width: 800, height: 900 } });
    await page.goto(`file://${path}`);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const diagram = page.locator("section[aria-labelledby=diagram]");
      await diagram.screenshot({ path: `docs/images/report-${colorScheme}.png` });
    }
  } finally {
    await browser.close();
  }
}

/** The screen that the bytes leave behind: rows of characters, each with its style. */
function layOut(bytes) {
  const rows = [[]];
  const style = { colour: "", bold: false, dim: false };
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what a terminal understands
  for (const [token] of bytes.matchAll(/\u001b\[[?\d;]*[A-Za-z]|[\s\S]/gu)) {
    const row = rows.at(-1);
    if (token === "\r") column = 0;
    else if (token === "\n") rows.push([]);
    else if (token === "\u001b[K") row.length = column;
    else if (token.endsWith("m") && token.length > 1) restyle(style, token);
    else if (!token.startsWith("\u001b")) {
      if (column === columns) {
        rows.push([]);
        column = 0;
      }
      rows.at(-1)[column] = { character: token, ...style };
      column += 1;
    }
  }
  while (rows.at(-1).length === 0) rows.pop();
  return rows;
}

function restyle(style, token) {
  const number = Number(token.slice(2, -1));
  if (number === 1) style.bold = true;
  else if (number === 2) style.dim = true;
  else if (number === 22) Object.assign(style, { bold: false, dim: false });
  else style.colour = colours[number] ?? "";
}

function draw(rows) {
  const width = columns * cell.width + 2 * margin.side;
  const height = rows.length * cell.height + margin.top + margin.bottom;
  const lights = ["#ff5f57", "#febc2e", "#28c840"].map(
    (fill, index) => `<circle cx="${margin.side + 4 + index * 20}" cy="22" r="6" fill="${fill}"/>`,
  );
  const texts = rows.flatMap((row, index) => runs(row).map((run) => drawRun(run, index)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>A login in the terminal, in four steps</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; fill: #d5dbe3; white-space: pre; }
.bold { font-weight: 700; fill: #ffffff; } .dim { fill: #8b95a3; }
.cyan { fill: #76c7e8; } .green { fill: #7ee2a8; } .yellow { fill: #f0c674; } .red { fill: #ff8a80; }
</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="10" fill="#14191f" stroke="#37414d"/>
${lights.join("")}
${texts.join("\n")}
</svg>
`;
}

/** Neighbours of one style, without the spaces around them. */
function runs(row) {
  const found = [];
  for (const [column, { character, colour, bold, dim }] of row.entries()) {
    const name = colour || (bold && "bold") || (dim && "dim") || "";
    const last = found.at(-1);
    if (last?.name === name) last.text += character;
    else found.push({ name, column, text: character });
  }
  return found.flatMap(({ name, column, text }) => {
    const start = text.length - text.trimStart().length;
    return text.trim() === "" ? [] : [{ name, column: column + start, text: text.trim() }];
  });
}

/** Held to the grid of cells, whatever font the reader has. */
function drawRun({ name, column, text }, row) {
  const place = `x="${(margin.side + column * cell.width).toFixed(1)}" y="${margin.top + (row + 0.75) * cell.height}"`;
  const length = `textLength="${(text.length * cell.width).toFixed(1)}"`;
  const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<text ${place} ${length}${name && ` class="${name}"`}>${escaped}</text>`;
}
