// Faults of the token endpoint: refusals, answers that are not what the standard asks for, and answers that never end or never come.
import { Readable } from "node:stream";
import {
  changeTokenAnswer,
  type Fault,
  grantOf,
  isTokenRequest,
  type Layer,
  replaceTokenAnswer,
  type World,
} from "./fault.ts";

/** In the order of --list-faults. */
export const tokenEndpointFaults: readonly Fault[] = [
  {
    name: "reused-code",
    teaches: "A code works once: a second use means that somebody else has it (RFC 6749 §10.5).",
    goodClient: "Takes invalid_grant for the end of this login and does not send the code again.",
    makeLayer: replaceTokenAnswer((context) => {
      context.status = 400;
      context.body = { error: "invalid_grant", error_description: "the code was used already" };
    }),
  },
  {
    name: "pkce-mismatch",
    teaches: "The server compares the verifier with the challenge of the request (RFC 7636 §4.6).",
    goodClient: "Ends the login with the refusal, and never tries again without PKCE.",
    makeLayer: () => async (context, next) => {
      if (context.path === "/auth" && context.query.code_challenge !== undefined) {
        context.query = { ...context.query, code_challenge: "x".repeat(43) };
      }
      await next();
    },
  },
  {
    name: "no-refresh-token",
    teaches: "A refresh token may be asked for and not come: the server decides.",
    goodClient: "Keeps the access token, and says that there is no refresh token.",
    makeLayer: changeTokenAnswer((answer) => {
      delete answer.refresh_token;
    }),
  },
  {
    name: "rotation-reuse",
    teaches:
      "Where refresh tokens rotate, one that was used before ends the whole grant (RFC 9700 §4.14.2).",
    goodClient: "Asks for a new login, and does not try the token again.",
    makeLayer: spendRefreshTokens,
  },
  {
    name: "lost-rotation-answer",
    teaches: "The server has replaced the refresh token, but the answer is lost on the way.",
    goodClient: "Does not try again by itself; the next refresh may need a new login, and says so.",
    makeLayer: () => loseRefreshAnswer,
  },
  {
    name: "slow-down",
    teaches: "A device that polls too fast is told slow_down (RFC 8628 §3.5).",
    goodClient: "Waits five seconds longer from then on, and goes on.",
    makeLayer: slowDown,
  },
  {
    name: "token-200-error",
    teaches: "Some servers send an error with status 200.",
    goodClient: "Does not take it for a success: no token, nothing stored.",
    makeLayer: replaceTokenAnswer((context) => {
      context.body = { error: "invalid_grant", error_description: "an error with status 200" };
    }),
  },
  {
    name: "expires-in-string",
    teaches: "Some servers send the lifetime as a string instead of a number.",
    goodClient: "Reads the number in it, and does not take the token for one that lives for ever.",
    makeLayer: changeTokenAnswer((answer) => {
      answer.expires_in = String(answer.expires_in);
    }),
  },
  {
    name: "html-502",
    teaches: "A proxy before the server answers with a page of its own.",
    goodClient:
      "Says that the server is unavailable (a retry may help), and shows nothing of the page.",
    makeLayer: replaceTokenAnswer((context) => {
      context.status = 502;
      context.type = "text/html";
      context.body = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    }),
  },
  {
    name: "slow-loris",
    teaches: "An answer that comes a byte a second never ends, and no single wait is long.",
    goodClient: "Limits the time of the whole exchange, not of each read.",
    makeLayer: replaceTokenAnswer((context) => {
      context.type = "application/json";
      context.body = trickle();
    }),
  },
  {
    name: "huge-body",
    teaches: "An answer can be larger than the memory.",
    goodClient: "Stops reading at a limit.",
    makeLayer: replaceTokenAnswer((context) => {
      context.type = "application/json";
      context.body = Readable.from(hugeJson());
    }),
  },
];

/** Somebody else was faster: each live refresh token is used up before this client's request is looked at. */
function spendRefreshTokens({ state: { records } }: World): Layer {
  return async (context, next) => {
    if (isTokenRequest(context)) {
      const tokens = records.toSave().filter(({ model }) => model === "RefreshToken");
      for (const { id } of tokens) await records.adapter("RefreshToken").consume(id);
    }
    await next();
  };
}

const loseRefreshAnswer: Layer = async (context, next) => {
  await next();
  const refreshed = isTokenRequest(context) && grantOf(context) === "refresh_token";
  if (!refreshed || context.status !== 200) return;
  context.respond = false;
  context.res.destroy();
};

function slowDown(): Layer {
  let told = false;
  return async (context, next) => {
    await next();
    const answer = context.body as { error?: string } | undefined;
    if (told || !isTokenRequest(context) || answer?.error !== "authorization_pending") return;
    told = true;
    context.body = { ...answer, error: "slow_down" };
  };
}

/** A byte a second, until the other end has had enough. */
function trickle(): Readable {
  const stream = new Readable({ read: () => {} });
  stream.push("{");
  const timer = setInterval(() => stream.push(" "), 1000);
  stream.on("close", () => clearInterval(timer));
  return stream;
}

const megabyte = "a".repeat(1024 * 1024);
const hugeMegabytes = 256;

function* hugeJson(): Generator<string> {
  yield '{"access_token":"';
  for (let count = 0; count < hugeMegabytes; count += 1) yield megabyte;
  yield '"}';
}
