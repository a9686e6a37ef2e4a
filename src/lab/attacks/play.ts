// demo --attacks: plays each attack against somebody without the defence and somebody with it, and tells what was seen. Fails where a defence does not hold.
import { join } from "node:path";
import { createTerminal, type GlobalOptions } from "../../commands/session.ts";
import type { Context } from "../../context.ts";
import { OAuthLabError } from "../../errors.ts";
import { type Sandbox, startSandbox } from "../../sandbox/server.ts";
import { useTemporaryFolder } from "../temporary-folder.ts";
import type { Attack, Observation, Scene } from "./attack.ts";
import { CarelessProgram } from "./careless-program.ts";
import { carelessManners } from "./careless-server.ts";
import { confidentialClient } from "./clients.ts";
import { codeInjection } from "./code-injection.ts";
import { codeReplay } from "./code-replay.ts";
import { loginCsrf } from "./login-csrf.ts";
import { mixUp } from "./mix-up.ts";
import { OwnProgram } from "./own-program.ts";
import { attackLines, describeAttack } from "./play-text.ts";
import { refreshTokenTheft } from "./refresh-token-theft.ts";

const attacks: readonly Attack[] = [loginCsrf, codeInjection, mixUp, codeReplay, refreshTokenTheft];

/** An attack that was played. */
export interface Played {
  readonly attack: Attack;
  readonly without: Observation;
  readonly withDefence: Observation;
}

/** Whether the attack works without the defence and fails with it: only both together show what the defence is for. */
export function held({ without, withDefence }: Played): boolean {
  return without.succeeded && !withDefence.succeeded;
}

/** Plays all of them. Throws where one does not hold. `setTheScene` may put something careless in a careful one's place, to see that this is noticed. */
export function demoAttacks(
  options: GlobalOptions,
  context: Context,
  setTheScene: (scene: Scene) => Scene = (scene) => scene,
): Promise<void> {
  return useTemporaryFolder("oauth-lab-attacks-", context, (folder) =>
    playAll({ folder, options, context }, setTheScene),
  );
}

async function playAll(
  setting: { folder: string; options: GlobalOptions; context: Context },
  setTheScene: (scene: Scene) => Scene,
): Promise<void> {
  const { options, context } = setting;
  const terminal = createTerminal(options, context);
  const servers: Sandbox[] = [];
  try {
    const carefulServer = await startSandbox({ port: 0, clients: [confidentialClient], context });
    servers.push(carefulServer);
    const carelessServer = await startSandbox({ port: 0, personality: carelessManners, context });
    servers.push(carelessServer);
    const scene = setTheScene({
      ...programs(setting),
      carefulServer,
      carelessServer,
      fetch: (...request) => context.fetch(...request),
    });
    const played: Played[] = [];
    for (const attack of attacks) {
      context.signal.throwIfAborted();
      const without = await attack.withoutDefence(scene);
      const withDefence = await attack.withDefence(scene);
      played.push({ attack, without, withDefence });
      if (!options.json) {
        const number = played.length;
        terminal.result(attackLines({ attack, without, withDefence }, { number, terminal }));
      }
    }
    if (options.json) terminal.json({ version: 1, attacks: played.map(describeAttack) });
    const failed = played.filter((each) => !held(each));
    if (failed.length > 0) throw notHeld(failed);
    if (!options.json)
      terminal.result("Each attack worked without its defence, and failed with it.");
  } finally {
    for (const server of servers) await server.close();
  }
}

/** Each program has a folder of its own: none finds another's tokens. */
function programs(parts: { folder: string; options: GlobalOptions; context: Context }) {
  const { folder, context } = parts;
  let count = 0;
  const ownProgram = () => {
    count += 1;
    return new OwnProgram({ ...parts, folder: join(folder, String(count)) });
  };
  return {
    ownProgram,
    carefulProgram: ownProgram,
    carelessProgram: ({ usesPkce } = { usesPkce: false }) =>
      new CarelessProgram({ usesPkce, fetch: (...request) => context.fetch(...request) }),
  };
}

function notHeld(failed: readonly Played[]): OAuthLabError {
  const names = failed.map(({ attack }) => attack.name).join(", ");
  return new OAuthLabError({
    kind: "bug",
    code: "defence_failed",
    message: `The demo did not hold: ${names}.`,
    hint: "Please report it.",
  });
}
