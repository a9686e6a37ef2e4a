// The English texts of the trace: what each message is for, what was checked, the diagram's words.

/** What a message is for: at most 38 characters, for a line of the trace and one of the diagram. */
const purposes = {
  metadata: "Read the server's metadata",
  "authorization-request": "Ask for a code",
  "authorization-response": "The answer",
  "refused-response": "An answer, refused",
  "push-request": "Push the request for a code",
  "exchange-code": "Exchange the code for tokens",
  refresh: "Get a new token by the refresh token",
  "client-credentials": "Get a token in the client's own name",
  "device-code": "Ask for a device code",
  "poll-device": "Ask whether the user has approved",
  introspect: "Ask the server about a token",
  revoke: "Revoke a token",
  "use-token": "Use the access token",
  keys: "Fetch the server's public keys",
  "register-client": "Register a client",
  "deregister-client": "End the client's registration",
  other: "Call the server",
};

const checks = {
  names: {
    redirect: "redirect",
    state: "state",
    iss: "iss",
    pkce: "PKCE",
    signature: "signature",
    aud: "aud",
    nonce: "nonce",
    exp: "exp",
    scopes: "scopes",
    token_type: "token_type",
    cache: "cache headers",
  },
  nothingThroughBrowser: "nothing went through the browser",
  notReached: "it did not come to that",
  noIdToken: "no ID token",
  noneSent: "none was sent",
  noToken: "no token came",
  redirect: {
    pass: "the answer came to the redirect URI of the request",
    fail: "the address is not the one that was asked for",
  },
  state: {
    pass: "the answer belongs to this request",
    fail: "the answer belongs to another request",
  },
  iss: {
    pass: "the answer names the server that was asked",
    fail: "the answer does not name the server that was asked",
    absent: "the server does not say who it is",
  },
  pkce: {
    pass: "the verifier fits the challenge, and the server took it",
    refused: "the verifier fits the challenge, but the server refused",
    fail: "the verifier does not fit the challenge",
    noRequest: "no code was asked for",
    noChallenge: "the request has no challenge",
    noExchange: "no code was exchanged",
  },
  signature: {
    pass: "signed with the server's published key",
    fail: "the ID token was refused",
    absent: "the server publishes no key; TLS vouches for it",
  },
  aud: {
    pass: "the ID token is for this client",
    fail: "the ID token is for another client",
  },
  nonce: {
    pass: "the ID token was made for this request",
    fail: "the ID token belongs to another request",
  },
  exp: {
    pass: "the ID token is in its time",
    fail: "the ID token is not of this time: look at the clock",
  },
  scopes: {
    pass: "all that were asked for were granted",
    fail: (missing: number, asked: number) => `${missing} of ${asked} were not granted`,
    noneAsked: "none were asked for",
    unnamed: "the answer names none: granted as asked",
  },
  token_type: {
    pass: "Bearer, which this client can use",
    bound: "DPoP, bound to the key that the request was proven with",
    fail: "neither Bearer nor DPoP as asked for, so it cannot be used",
  },
  cache: {
    pass: "no-store: nobody may keep the answer",
    fail: "the server does not forbid keeping the answer",
  },
};

/** What of the catalogue the trace shows. */
export const englishTrace = {
  purposes,
  checks,
  trace: {
    channels: { front: "front channel", back: "back channel" },
    noAnswer: "no answer",
    milliseconds: (count: number) => `${count} ms`,
    refused: (why: string) => `refused: ${why}`,
    more: (count: number) => `and ${count} more`,
    characters: (count: number) => `${count} characters`,
    cut: (count: number) => `${count} characters: too long to be kept, so not shown`,
    tooMany: "(Later calls to the API are left out: there are too many to keep.)",
    leftOut: "(A message that could not be made safe to show is left out.)",
    checklist: "What was checked",
    /** At most four characters each. */
    marks: { pass: "pass", fail: "FAIL", "not applicable": "n/a" },
  },
  diagram: {
    parties: { client: "oauth-lab", server: "authorization server", api: "API" },
    frontChannel: "front channel, through the browser",
    backChannel: "back channel",
    noAnswer: "no answer",
  },
};
