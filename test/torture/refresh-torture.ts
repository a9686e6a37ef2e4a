// Many runs of the built program ask for a token at once, at a server that revokes everything when a refresh token comes twice; a share of those that hold the lock is killed.
import { type ChildProcess, spawn } from "node:child_process";
import { type FSWatcher, readdirSync, readFileSync, watch } from "node:fs";
import { cp, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { openStore } from "../../src/credentials/store.ts";
import { Secret } from "../../src/secret.ts";
import { randomNumbers } from "./random-numbers.ts";
import { realContext } from "./real-context.ts";
import { type RotatingServer, startRotatingServer } from "./rotating-server.ts";

export interface RefreshTorture {
  /** The built program's main file. */
  readonly program: string;
  readonly rounds: number;
  readonly processes: number;
  /** The share of the lock's holders that kill -9 is meant for, from 0 to 1. */
  readonly killShare: number;
  readonly seed: number;
}

export interface RefreshTortureResult {
  rounds: number;
  /** Runs that printed an access token that the server gave out. */
  served: number;
  /** Runs that ended otherwise without having been killed; the first few say how. */
  failed: number;
  failures: string[];
  /** The most that one round had. */
  mostTokenRequests: number;
  mostDistinctTokens: number;
  tokenRequests: number;
  holders: number;
  /** Ended by kill -9 while they held the lock. */
  killed: number;
  /** Of these, killed after the server had spent the refresh token and before its answer was stored. */
  lostAnswers: number;
  /** Refresh tokens that two live processes sent, or that were sent again although the next one was stored. */
  reused: number;
}

const key = { provider: "sandbox", profile: "default" };
const clientId = "oauth-lab-sandbox";
/** With kills, so many refreshes a round have to be made one after the other. */
const expiredAnswersWithKills = 10;

/** Runs the rounds, each on a fresh store and at a fresh server. */
export async function tortureRefreshes(torture: RefreshTorture): Promise<RefreshTortureResult> {
  const result: RefreshTortureResult = {
    ...{ rounds: 0, served: 0, failed: 0, failures: [], mostTokenRequests: 0 },
    ...{ mostDistinctTokens: 0, tokenRequests: 0, holders: 0, killed: 0 },
    ...{ lostAnswers: 0, reused: 0 },
  };
  const random = randomNumbers(torture.seed);
  // A copy, where it finds its packages: a build in the meantime must not take it away.
  const copies = await mkdtemp(join(resolve("node_modules"), ".torture-program-"));
  await cp(dirname(torture.program), copies, { recursive: true });
  try {
    for (; result.rounds < torture.rounds; result.rounds += 1) {
      const round = new Round({ ...torture, program: join(copies, "main.js"), random });
      await round.play(result);
    }
    return result;
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
}

interface RoundOptions extends RefreshTorture {
  readonly random: () => number;
}

/** One store, one server, and the processes by the names that the server knows them by. */
class Round {
  readonly #options: RoundOptions;
  readonly #children = new Map<string, ChildProcess>();
  readonly #doomed = new Set<string>();
  readonly #killed = new Set<string>();
  /** The generation of the lock that each one got. */
  readonly #holders = new Map<string, string>();
  #folder = "";

  constructor(options: RoundOptions) {
    this.#options = options;
  }

  async play(result: RefreshTortureResult): Promise<void> {
    const { processes, killShare } = this.#options;
    this.#folder = await mkdtemp(join(await realpath(tmpdir()), "oauth-lab-refresh-"));
    const server = await startRotatingServer({
      expiredAnswers: killShare > 0 ? expiredAnswersWithKills : 0,
      judge: this.#judge(),
    });
    let watcher: FSWatcher | undefined;
    try {
      await this.#storeExpired(server);
      watcher = watch(this.#lockFolder, (_event, name) => this.#notice(name ?? ""));
      const names = Array.from({ length: processes }, (_, index) => `process-${index}`);
      const ends = await Promise.all(names.map((name) => this.#run(name, server)));
      // Whatever the last ones did before they were killed: the next caller is served.
      this.#doomed.clear();
      watcher.close();
      this.#tally([...ends, await this.#run("next-caller", server)], { server, result });
    } finally {
      watcher?.close();
      await server.close();
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  get #lockFolder(): string {
    return join(this.#folder, "store", "default@sandbox.lock");
  }

  /** The credential of an hour ago; taking the lock once makes its folder. */
  async #storeExpired({ issuer, refreshToken }: RotatingServer): Promise<void> {
    const store = openStore({ folder: join(this.#folder, "store"), mode: "file" }, realContext());
    const binding = { issuer, tokenEndpoint: `${issuer}/token`, clientId, origins: [issuer] };
    const obtainedAt = Date.now() - 3_600_000;
    const credential = {
      ...{ ...key, binding, tokenType: "bearer", requestedScopes: [], grantedScopes: [] },
      accessToken: new Secret("access-0"),
      refreshToken: new Secret(refreshToken),
      obtainedAt,
      expiresAt: obtainedAt + 1000,
      grant: "authorization_code" as const,
    };
    await store.withLock(key, () => store.save(credential));
  }

  /** Runs `token sandbox` to its end. */
  #run(name: string, { issuer }: RotatingServer): Promise<End> {
    const { program } = this.#options;
    const env = {
      ...{ PATH: process.env.PATH, HOME: this.#folder, OAUTH_LAB_STORE: "file" },
      ...{ OAUTH_LAB_HOME: join(this.#folder, "store"), SANDBOX_ISSUER: issuer },
      ...{ SANDBOX_CLIENT_ID: clientId, SANDBOX_CLIENT_SECRET: name },
    };
    const child = spawn(process.execPath, [program, "token", "sandbox"], {
      env,
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.set(name, child);
    const told = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        told[stream] += text;
      });
    }
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ name, code, ...told }));
    });
  }

  #tally(
    ends: readonly End[],
    { server, result }: { server: RotatingServer; result: RefreshTortureResult },
  ): void {
    const alive = ends.filter(({ name }) => !this.#killed.has(name));
    const isServed = ({ code, stdout }: End) => code === 0 && server.issued.has(stdout.trim());
    const failed = alive.filter((end) => !isServed(end));
    const tokens = new Set(alive.filter(isServed).map(({ stdout }) => stdout));
    result.served += alive.length - failed.length;
    result.failed += failed.length;
    const room = 5 - result.failures.length;
    result.failures.push(...failed.slice(0, room).map(({ code, stderr }) => `${code} ${stderr}`));
    result.mostTokenRequests = Math.max(result.mostTokenRequests, server.requests);
    result.mostDistinctTokens = Math.max(result.mostDistinctTokens, tokens.size);
    result.tokenRequests += server.requests;
    result.holders += this.#holders.size;
    result.killed += this.#killed.size;
    result.lostAnswers += server.lostAnswers;
    result.reused += server.reused;
  }

  /** A new generation of the lock: its holder may be doomed, and is then killed at a random moment of its work. */
  #notice(generation: string): void {
    const name = this.#holderOf(generation);
    if (name === undefined || this.#holders.has(name)) return;
    this.#holders.set(name, generation);
    const { random, killShare } = this.#options;
    if (random() >= killShare) return;
    this.#doomed.add(name);
    // Who finds a fresh token keeps the lock for a millisecond or two, who refreshes for a hundred times that.
    const delay = this.#isFresh() ? random() * 2 - 1 : 2 ** (random() * 9);
    if (delay < 0) this.#killIfHolding(name);
    else setTimeout(() => this.#killIfHolding(name), delay);
  }

  #isFresh(): boolean {
    return this.#stored().expires_at > Date.now() + 60_000;
  }

  #stored() {
    return JSON.parse(readFileSync(join(this.#folder, "store", "default@sandbox.json"), "utf8"));
  }

  /** The process that holds this generation now. */
  #holderOf(generation: string): string | undefined {
    if (!/^g\d+$/.test(generation)) return undefined;
    try {
      const owner = readdirSync(join(this.#lockFolder, generation))[0] ?? "";
      const pid = Number(/^p-(\d+)-/.exec(owner)?.[1]);
      return [...this.#children].find(([, child]) => child.pid === pid)?.[0];
    } catch {
      return undefined;
    }
  }

  #killIfHolding(name: string): void {
    const generation = this.#holders.get(name);
    if (generation === undefined || this.#holderOf(generation) !== name) return;
    if (!this.#doomed.delete(name)) return;
    this.#killed.add(name);
    this.#children.get(name)?.kill("SIGKILL");
  }

  /** Half of the doomed that come as far as the server are killed at the moments that matter most. */
  #judge() {
    const { random } = this.#options;
    const perhapsKill = (chance: number) => (name: string) => {
      if (this.#doomed.has(name) && random() < chance) this.#killIfHolding(name);
    };
    const afterwards = perhapsKill(1 / 4);
    return {
      isDead: (name: string) => {
        // Taken for alive, a process that is not known here would never be killed at the server.
        if (!this.#children.has(name)) throw new Error(`Nobody is called ${name}.`);
        return this.#killed.has(name);
      },
      arrived: perhapsKill(1 / 6),
      spent: perhapsKill(1 / 5),
      answered: (name: string) => void setTimeout(() => afterwards(name), random() * 8),
      isStored: (refreshToken: string) => this.#stored().refresh_token === refreshToken,
    };
  }
}

interface End {
  readonly name: string;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
