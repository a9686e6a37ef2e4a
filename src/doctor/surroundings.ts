// Looks at what oauth-lab runs in: Node, the environment, the browser, the proxy and the certificates.
import { resolve } from "node:path";
import type { Context } from "../context.ts";
import { errnoOf } from "../credentials/store-error.ts";
import { readProxy } from "../http/proxy.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { attempt, type Check } from "./check.ts";

const oldestNode = [20, 18, 1] as const;

/** Node's version, the browser, the proxy and the certificates. */
export async function checkSurroundings(context: Context): Promise<Check[]> {
  const { env } = context;
  return [
    checkNode(context),
    checkBrowser(context),
    ...(await checkProxy(env)),
    ...(await checkTls(context)),
  ];
}

function checkNode({ nodeVersion }: Context): Check {
  const version = nodeVersion.replace(/^v/, "").split(".").map(Number);
  const differing = oldestNode.findIndex((oldest, index) => version[index] !== oldest);
  const isNewEnough = differing < 0 || (version[differing] ?? 0) > (oldestNode[differing] ?? 0);
  const message = `Node ${sanitise(nodeVersion, 40)}`;
  if (isNewEnough) return { name: "node", outcome: "ok", message };
  const repair = `Install Node ${oldestNode.join(".")} or later.`;
  return {
    name: "node",
    outcome: "problem",
    kind: "usage",
    message: `${message} is too old`,
    repair,
  };
}

function checkBrowser({ env, platform }: Context): Check {
  const name = "browser";
  const hasDisplay = env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME || env.BROWSER;
  if (!env.CI && (platform !== "linux" || hasDisplay))
    return { name, outcome: "ok", message: "login opens the system's browser" };
  const why = env.CI ? "this is a CI job" : "there is no display";
  return {
    name,
    outcome: "note",
    message: `no browser is opened: ${why}`,
    repair: "Open the address that login prints on any device, or use --device or --paste.",
  };
}

function checkProxy(env: Context["env"]): Promise<readonly Check[]> {
  const name = "proxy";
  return attempt(name, async () => {
    const proxy = readProxy(env);
    const message = proxy ? `requests go through the proxy of ${proxy.variable}` : "none";
    return [{ name, outcome: "ok", message }];
  });
}

async function checkTls({ env, files, workingFolder }: Context): Promise<Check[]> {
  const name = "certificates";
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === "0") {
    const message = "NODE_TLS_REJECT_UNAUTHORIZED=0 switches the checks off";
    const repair = "Unset it. For a private authority set NODE_EXTRA_CA_CERTS to its file.";
    return [{ name, outcome: "problem", kind: "unsafe", message, repair }];
  }
  const path = env.NODE_EXTRA_CA_CERTS;
  if (!path) return [{ name, outcome: "ok", message: "Node's own authorities" }];
  const problem = await files.readFile(resolve(workingFolder, path), "utf8").then(
    (text) => (text.includes("-----BEGIN CERTIFICATE-----") ? undefined : "holds no certificate"),
    (error) => `cannot be read (${errnoOf(error)})`,
  );
  if (problem === undefined)
    return [{ name, outcome: "ok", message: "NODE_EXTRA_CA_CERTS is used too" }];
  // Node goes on without it and says so only on stderr.
  const message = `the file of NODE_EXTRA_CA_CERTS ${problem}, so Node does without it`;
  return [{ name, outcome: "problem", kind: "usage", message, repair: "Name a PEM file." }];
}
