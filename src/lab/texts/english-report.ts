// The English texts of the lab report.

/** A step of a run: its heading, and what happens in it. */
interface StepText {
  readonly title: string;
  readonly about: string;
}

const steps = {
  preparation: {
    title: "Preparation",
    about:
      "Before the flow begins, the client reads what the server publishes about itself: its endpoints and what it can do.",
  },
  ask: {
    title: "Ask for a code",
    about:
      "The client sends the browser to the authorization server. The address says who asks (client_id), for what (scope) and where the answer is to go (redirect_uri); state and the PKCE challenge tie the answer to this very request. Nothing in it opens anything by itself.",
  },
  approve: {
    title: "The user approves",
    about:
      "The user signs in at the authorization server, not at the client, and approves. The server sends the browser back to the redirect URI with a code. Before the client looks at the code, it compares the address, state and iss with its request.",
  },
  exchange: {
    title: "Exchange the code",
    about:
      "Straight from the client to the token endpoint, past the browser: the code, the PKCE verifier and, if the client is confidential, its secret. The answer holds the tokens. The signature of an ID token is checked with the server's public key.",
  },
  use: {
    title: "Use the token",
    about:
      "The client calls the API with the access token in the Authorization header. The API learns neither the user's password nor the client's secret.",
  },
  renew: {
    title: "Renew the access token",
    about:
      "The client sends the refresh token to the token endpoint and gets a new access token. Neither a browser nor the user takes part.",
  },
  client: {
    title: "Ask for a token as the client itself",
    about: "The client signs in with its own id and secret. No user takes part.",
  },
  device: {
    title: "Ask for a device code",
    about:
      "The client asks for two codes: one for itself, and one that the user types in on another device.",
  },
  poll: {
    title: "Wait until the user has approved",
    about:
      "The user approves on another device. Meanwhile the client asks for the token, as often as the server allows.",
  },
  register: {
    title: "The client's registration",
    about: "The client makes itself known to the server by a request, or ends that again.",
  },
  inspect: {
    title: "Ask about the token",
    about: "The client asks the server what the token is worth now.",
  },
  revoke: {
    title: "Revoke the token",
    about: "The client tells the server that the token is to work no more.",
  },
  other: { title: "Another request", about: "A request that belongs to no step of the flow." },
} satisfies Record<string, StepText>;

/** What of the catalogue the report shows. */
export const englishReport = {
  report: {
    title: "OAuth 2.0 lab report",
    contents: "Contents",
    summaries: {
      code: (provider: string) => `Sign-in at ${provider}: authorization code flow with PKCE`,
      device: (provider: string) => `Sign-in at ${provider}: device code flow`,
      client: (provider: string) => `A token of ${provider}: client credentials`,
      renew: (provider: string) => `A new access token of ${provider}: refresh token`,
      inspect: (provider: string) => `What ${provider} says about the token`,
      revoke: (provider: string) => `Revocation at ${provider}`,
      use: (provider: string) => `A call to the API of ${provider}`,
      none: () => "A run without OAuth messages",
    },
    someServer: "the server",
    placeholders:
      "Secrets are replaced by placeholders such as <code 1a2b>. Equal secrets have equal placeholders, so each can be followed from message to message. The values themselves are not in this report.",
    madeBy: (version: string) => `Made by oauth-lab ${version} from a real run.`,
    sections: {
      done: "What was done",
      client: "Client and provider",
      diagram: "Sequence diagram",
      steps: "The steps",
      secrets: "Which way each secret went",
      checks: "What was checked",
      tokens: "Tokens",
      identity: "Whose token it is",
      theory: "Theory",
    },
    done: {
      command: "Command",
      started: "Started",
      took: "Took",
      seconds: (count: string) => `${count} s`,
      messages: "Messages",
      outcome: "Outcome",
      success: "success",
      failure: (exitCode: number) => `failure, exit code ${exitCode}`,
      reason: "Reason",
      software: "Software",
    },
    client: {
      provider: "Provider (authorization server and API)",
      issuer: "Issuer",
      authorizationEndpoint: "Authorization endpoint",
      tokenEndpoint: "Token endpoint",
      api: "API",
      clientId: "Client ID",
      clientType: "Client type",
      confidential: "confidential: it has a secret or a key, which is not in this report",
      public: "public: it has no secret",
      authentication: "Proves itself at the token endpoint",
      basic: "with its secret, in the Authorization header (HTTP Basic)",
      post: "with its secret, in the body of the request",
      assertion: "with a signed assertion",
      nothing: "not at all: a public client",
      redirectUri: "Redirect URI",
      scopes: "Scopes asked for",
      offline: "Asks for a refresh token by",
      none: "none",
      registration: "Where clients are registered",
      documentation: "Documentation",
      unknown: "The run ended before a client was opened.",
    },
    diagram: {
      user: "user and browser",
      label: "Sequence diagram: who sent what to whom. The steps below tell the same as text.",
      legend:
        "Dashed: front channel, through the browser. Solid: back channel, straight to the server.",
      opens: "opens the address",
      redirect: "redirect",
      consent: "the user signs in and approves",
      ended: (why: string) => `It ended here: ${why}`,
      empty: "No message was sent, so there is nothing to draw.",
    },
    steps,
    message: {
      heading: (number: number, title: string) => `Step ${number}. ${title}`,
      title: (number: number, purpose: string) => `Message ${number}. ${purpose}`,
      places: {
        front: "Front channel, through the browser.",
        back: "Back channel, straight to the server.",
      },
      request: "Request",
      answer: (status: string) => `Answer: ${status}`,
      refused: "Refused",
      redirected: "Seen in the browser",
      part: "Part",
      name: "Name",
      value: "Value",
      query: "query",
      header: "header",
      body: "body",
      empty: "no fields to show",
      hidden: "values left out, because they say who the user is",
    },
    secrets: {
      secret: "Secret",
      meaning: "What it is",
      front: "Front channel",
      back: "Back channel",
      messages: (numbers: readonly number[]) =>
        `message${numbers.length === 1 ? "" : "s"} ${numbers.join(", ")}`,
      never: "never",
      names: {
        code: "authorization code",
        state: "state",
        nonce: "nonce",
        code_challenge: "PKCE challenge (a hash)",
        code_verifier: "PKCE verifier",
        client_secret: "client secret",
        access_token: "access token",
        refresh_token: "refresh token",
        id_token: "ID token",
        device_code: "device code",
        user_code: "user code",
      },
      proven:
        "No token, no client secret and no PKCE verifier went through the browser in this run: only what is worthless alone.",
      broken: "Something that belongs to the back channel went through the browser in this run.",
    },
    checks: {
      check: "Check",
      outcome: "Outcome",
      detail: "Why",
      section: "Section",
      outcomes: { pass: "pass", fail: "fail", "not applicable": "not applicable" },
      empty: "No token was asked for in this run, so there was nothing to check.",
    },
    tokens: {
      token: "Token",
      type: "Type",
      length: "Length",
      expires: "Expires",
      scopes: "Scopes",
      characters: (count: number) => `${count} characters`,
      unnamed: "not named by the server",
      after: (seconds: number, at: string) => `after ${seconds} s, at ${at}`,
      at: (time: string) => `at ${time}`,
      asRequested: (scopes: string) => `${scopes} (as requested)`,
      notApplicable: "—",
      sent: "as it was sent",
      jwt: (algorithm: string) => `JWT, signed with ${algorithm}`,
      none: "No token came or went in this run.",
      noRefreshToken:
        "No refresh token came: when the access token ends, the user has to sign in again.",
    },
    /** By the failure's code; what is missing is told in the program's own words, which are English. */
    failures: {} as Readonly<Record<string, string>>,
    identity: { claim: "Member", value: "Value" },
    theory: { about: "What is needed to read this report.", read: "Read it in:" },
  },
};
