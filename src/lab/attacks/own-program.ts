// oauth-lab itself as the one who is attacked: the real commands, with a store and a browser of their own.
import { login } from "../../commands/login.ts";
import { refresh } from "../../commands/refresh.ts";
import type { GlobalOptions } from "../../commands/session.ts";
import type { Context } from "../../context.ts";
import type { Credential } from "../../credentials/credential.ts";
import { openStore } from "../../credentials/store.ts";
import { OAuthLabError } from "../../errors.ts";
import { keepOutput } from "../kept-output.ts";
import type { Program, Registered, SignInEnd } from "./program.ts";

const provider = "sandbox";

/** Somebody's oauth-lab. */
export class OwnProgram implements Program {
  readonly #folder: string;
  readonly #options: GlobalOptions;
  readonly #context: Context;

  /** `folder` is where its tokens rest. */
  constructor(parts: { folder: string; options: GlobalOptions; context: Context }) {
    this.#folder = parts.folder;
    this.#options = {
      ...parts.options,
      json: false,
      quiet: false,
      profile: "default",
      input: false,
    };
    this.#context = parts.context;
  }

  signIn(at: Registered, browse: (url: URL) => Promise<void>): Promise<SignInEnd> {
    const stuck = new AbortController();
    const openBrowser = async (url: URL): Promise<boolean> => {
      browse(url).catch((error: unknown) => stuck.abort(error));
      return true;
    };
    const context = {
      ...this.#contextAt(at),
      openBrowser,
      signal: AbortSignal.any([this.#context.signal, stuck.signal]),
    };
    const scope = at.scope.split(" ");
    return this.#tellEnd(
      login(provider, { ...this.#options, scope, browser: true, wait: 60 }, context),
    );
  }

  /** Its own refresh, at the server that it is signed in to. */
  refresh(at: Registered): Promise<SignInEnd> {
    return this.#tellEnd(refresh(provider, this.#options, this.#contextAt(at)));
  }

  /** What lies in its folder: who can read that has it. */
  stored(): Promise<Credential | undefined> {
    const store = openStore({ folder: this.#folder, mode: "file" }, this.#context);
    return store.read({ provider, profile: "default" });
  }

  async #tellEnd(command: Promise<void>): Promise<SignInEnd> {
    try {
      await command;
    } catch (error) {
      if (!(error instanceof OAuthLabError)) throw error;
      this.#context.signal.throwIfAborted();
      return { kind: "refused", code: error.code, said: error.message };
    }
    return { kind: "signed-in", who: (await this.stored())?.subject ?? "nobody" };
  }

  #contextAt({ issuer, clientId, clientSecret, redirectUri }: Registered): Context {
    const { NODE_TLS_REJECT_UNAUTHORIZED } = this.#context.env;
    return {
      ...this.#context,
      stdout: keepOutput(),
      stderr: keepOutput(),
      workingFolder: this.#folder,
      env: {
        NODE_TLS_REJECT_UNAUTHORIZED,
        OAUTH_LAB_HOME: this.#folder,
        OAUTH_LAB_STORE: "file",
        SANDBOX_ISSUER: issuer,
        SANDBOX_CLIENT_ID: clientId,
        SANDBOX_CLIENT_SECRET: clientSecret,
        SANDBOX_REDIRECT_URI: redirectUri,
      },
    };
  }
}
